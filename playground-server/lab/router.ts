/** Which process serves a request: a pure choice, so that a reader can be told its reason, and the memory it needs. */

import type { RouterState } from './api.ts';
import type { Connection } from './connections.ts';
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
 * Chooses for one request. A round robin passes over processes that are known to be dead, as a balancer with health
 * checks does: without them one request in four would fail for a second reason while a successor starts, and the two
 * could not be told apart. Where none is alive the turn counts, and whoever relays finds nobody there.
 * @throws RangeError when there is no process to choose from
 */
export function chooseProcess({ policy, mode, candidates, turn, kept }: Question): Choice {
  if (policy === 'none') {
    return { process: at(candidates, 0).name, why: 'It is the only process.', turn, kept: undefined };
  }
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

/** The index of the first that is alive, from `turn` around to it again. */
function aliveFrom(candidates: readonly Candidate[], turn: number): number | undefined {
  for (let step = 0; step < candidates.length; step++) {
    const index = (turn + step) % candidates.length;
    if (at(candidates, index).alive) return index;
  }
  return undefined;
}

function at(candidates: readonly Candidate[], index: number): Candidate {
  const candidate = candidates[index];
  if (!candidate) throw new RangeError('A lab has at least one process.');
  return candidate;
}

/** A name costs nothing to invent, so that what is remembered needs a bound. */
const mostKept = 1000;

/** The router of one lab: the choice, with what it remembers from one request to the next. */
export class Router {
  readonly #policy: Deployment['router'];
  #mode: ConnectionMode;
  #turn = 0;
  /** In order of use. */
  readonly #kept = new Map<Connection['key'], Kept & { connection: Connection }>();

  constructor(policy: Deployment['router'], mode: ConnectionMode) {
    this.#policy = policy;
    this.#mode = mode;
  }

  get mode(): ConnectionMode {
    return this.#mode;
  }

  /** A change forgets the connections: each is chosen for anew. @returns whether it was one */
  setMode(mode: ConnectionMode): boolean {
    if (mode === this.#mode) return false;
    this.#mode = mode;
    this.#kept.clear();
    return true;
  }

  choose(connection: Connection, candidates: readonly Candidate[]): Pick<Choice, 'process' | 'why'> {
    const { process, why, turn, kept } = chooseProcess({
      policy: this.#policy,
      mode: this.#mode,
      candidates,
      turn: this.#turn,
      kept: this.#kept.get(connection.key),
    });
    this.#turn = turn;
    const isNew = !this.#kept.delete(connection.key);
    if (kept) {
      if (isNew) this.#makeRoom();
      this.#kept.set(connection.key, { ...kept, connection });
    }
    return { process, why };
  }

  state(candidates: readonly Candidate[]): RouterState {
    const state: RouterState = { policy: this.#policy, connection: this.#mode };
    if (this.#policy === 'none') return state;
    state.next = at(candidates, aliveFrom(candidates, this.#turn) ?? this.#turn).name;
    if (this.#mode === 'kept') {
      this.#forgetClosed();
      state.kept = [...this.#kept.values()].map(({ connection, process }) => ({
        connection: connection.name,
        process,
      }));
    }
    return state;
  }

  #makeRoom(): void {
    this.#forgetClosed();
    const [oldest] = this.#kept.keys();
    if (this.#kept.size >= mostKept && oldest !== undefined) this.#kept.delete(oldest);
  }

  #forgetClosed(): void {
    for (const [key, { connection }] of this.#kept) if (connection.isClosed()) this.#kept.delete(key);
  }
}
