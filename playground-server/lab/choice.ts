/** Which process serves a request: a pure choice, so that a reader can be told its reason. */

import type { Deployment } from './deployments.ts';
import type { ConnectionMode, ProcessName } from './wire.ts';

/** A process as the router knows it. */
export interface Candidate {
  name: ProcessName;
  pid: number;
  /** Not known to be dead, dying or still starting. */
  alive: boolean;
}

/** What was chosen for a connection: this very process, not a successor that bears its name. */
export interface Kept {
  process: ProcessName;
  pid: number;
}

export interface Question {
  policy: Deployment['router'];
  mode: ConnectionMode;
  candidates: readonly Candidate[];
  /** Whose turn it is: an index into the candidates. */
  turn: number;
  /** What was chosen for this connection before. */
  kept: Kept | undefined;
  /** The session id that the request carries. */
  session?: string | undefined;
  /** Who answered when that session was opened, as far as the router remembers. */
  learned?: ProcessName | undefined;
}

export interface Choice {
  process: ProcessName;
  /** For the reader, in plain words. */
  why: string;
  /** Whose turn it is after this one. */
  turn: number;
  /** To be remembered for the connection. */
  kept: Kept | undefined;
}

/**
 * Chooses for one request. What a policy has nothing to go by for, the round robin takes: that is how `initialize`,
 * which has no session id yet, finds its process under every policy.
 * @throws RangeError when there is no process to choose from
 */
export function chooseProcess(question: Question): Choice {
  const { policy, candidates, turn } = question;
  switch (policy) {
    case 'none':
      return { process: at(candidates, 0).name, why: 'It is the only process.', turn, kept: undefined };
    case 'round-robin':
      return roundRobin(question);
    case 'hash':
      return hash(question);
    case 'sticky':
      return sticky(question);
  }
}

/**
 * A round robin passes over processes that are known to be dead, as a balancer with health checks does: without them
 * one request in four would fail for a second reason while a successor starts, and the two could not be told apart.
 * Where none is alive the turn counts, and whoever relays finds nobody there.
 */
function roundRobin({ mode, candidates, turn, kept }: Question): Choice {
  const before = mode === 'kept' ? kept : undefined;
  if (before && candidates.some(({ name, pid, alive }) => alive && name === before.process && pid === before.pid)) {
    return { process: before.process, why: `This connection already goes to ${before.process}.`, turn, kept: before };
  }
  const wanted = at(candidates, turn);
  const index = aliveFrom(candidates, turn);
  const chosen = index === undefined ? wanted : at(candidates, index);
  const reason =
    index === undefined
      ? `Round robin: ${wanted.name} was next, and no process is alive.`
      : chosen === wanted
        ? `Round robin: ${wanted.name} was next.`
        : `Round robin: ${wanted.name} was next, but is dead; ${chosen.name} follows.`;
  const history = before ? `This connection went to ${before.process}, which died. ` : '';
  const future = mode === 'kept' ? ' The connection stays with it.' : '';
  return {
    process: chosen.name,
    why: history + reason + future,
    turn: (candidates.indexOf(chosen) + 1) % candidates.length,
    kept: mode === 'kept' ? { process: chosen.name, pid: chosen.pid } : undefined,
  };
}

/** What `hash $http_mcp_session_id consistent` of nginx does: the id decides, and knows nothing of who minted it. */
function hash(question: Question): Choice {
  const { session, candidates, turn, kept } = question;
  if (session === undefined) return because('There is no session id to hash yet. ', roundRobin(question));
  const order = hashOrder(
    session,
    candidates.map(({ name }) => name),
  );
  const wanted = order[0] as ProcessName;
  const chosen = order.find((name) => candidates.some((other) => other.name === name && other.alive)) ?? wanted;
  const why =
    chosen === wanted
      ? `The hash of the session id says ${wanted}.`
      : `The hash of the session id says ${wanted}, which is dead; ${chosen} is next in its order.`;
  return { process: chosen, why, turn, kept };
}

/** What a stick table of HAProxy does: the answer that opened the session taught the router whose it is. */
function sticky(question: Question): Choice {
  const { session, learned, candidates, turn, kept } = question;
  if (session === undefined) return because('There is no session id yet. ', roundRobin(question));
  if (learned === undefined) return because('No answer ever named this session id. ', roundRobin(question));
  if (candidates.some(({ name, alive }) => name === learned && alive)) {
    return { process: learned, why: `Learned: ${learned} opened this session.`, turn, kept };
  }
  return because(`Learned: ${learned} opened this session, but is dead. `, roundRobin(question));
}

function because(history: string, choice: Choice): Choice {
  return { ...choice, why: history + choice.why };
}

/**
 * All names in the order in which they would serve this session: each is weighed with the session id, and the heaviest
 * comes first (rendezvous hashing), so that one more or one less process moves no more sessions than it has to.
 */
export function hashOrder(session: string, names: readonly ProcessName[]): ProcessName[] {
  const weigh = (name: ProcessName) => hash32(`${name} ${session}`);
  return [...names].sort((a, b) => weigh(b) - weigh(a) || a.localeCompare(b));
}

/** FNV-1a with the finishing steps of MurmurHash3, without which similar texts would weigh alike. */
function hash32(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

/** The index of the first that is alive, from `turn` around to it again. */
export function aliveFrom(candidates: readonly Candidate[], turn: number): number | undefined {
  for (let step = 0; step < candidates.length; step++) {
    const index = (turn + step) % candidates.length;
    if (at(candidates, index).alive) return index;
  }
  return undefined;
}

/** @throws RangeError when there is none */
export function at(candidates: readonly Candidate[], index: number): Candidate {
  const candidate = candidates[index];
  if (!candidate) throw new RangeError('A lab has at least one process.');
  return candidate;
}
