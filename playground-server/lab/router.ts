/** The router of one lab: the choice, with what it remembers from one request to the next. */

import { maskSessionId } from '../transport/trace.ts';
import type { RouterState } from './api.ts';
import { aliveFrom, at, type Candidate, type Choice, chooseProcess, type Kept } from './choice.ts';
import type { Connection } from './connections.ts';
import type { Deployment } from './deployments.ts';
import type { ConnectionMode, ProcessName } from './wire.ts';

/** A name costs nothing to invent, so that what is remembered needs a bound. */
const mostKept = 1000;

export class Router {
  readonly #policy: Deployment['router'];
  #mode: ConnectionMode;
  #turn = 0;
  /** In order of use. */
  readonly #kept = new Map<Connection['key'], Kept & { connection: Connection }>();
  /** Whose each session is: as the hash says, or as an answer taught. In order of use. */
  readonly #sessions = new Map<string, ProcessName>();

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

  /** @param session the id that the request carries */
  choose(connection: Connection, candidates: readonly Candidate[], session?: string): Pick<Choice, 'process' | 'why'> {
    const { process, why, turn, kept } = chooseProcess({
      policy: this.#policy,
      mode: this.#mode,
      candidates,
      turn: this.#turn,
      kept: this.#kept.get(connection.key),
      session,
      learned: session === undefined ? undefined : this.#sessions.get(session),
    });
    this.#turn = turn;
    const isNew = !this.#kept.delete(connection.key);
    if (kept) {
      if (isNew) this.#makeRoom();
      this.#kept.set(connection.key, { ...kept, connection });
    }
    if (this.#policy === 'hash' && session !== undefined) this.#remember(session, process);
    return { process, why };
  }

  /** A process's answer named a session: from now on the router knows whose it is. */
  learn(session: string, process: ProcessName): void {
    if (this.#policy === 'sticky' && !this.#sessions.has(session)) this.#remember(session, process);
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
    if (this.#policy !== 'round-robin') {
      state.sessions = [...this.#sessions].map(([id, process]) => ({ session: maskSessionId(id), process }));
    }
    return state;
  }

  #remember(session: string, process: ProcessName): void {
    this.#sessions.delete(session);
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size >= mostKept && oldest !== undefined) this.#sessions.delete(oldest);
    this.#sessions.set(session, process);
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
