/** The worker processes of one lab: a name keeps its place, whoever bears it; who dies gets a successor. */

import type { JsonObject } from '../transport/json-rpc.ts';
import type { ProcessState } from './api.ts';
import type { Candidate } from './choice.ts';
import type { Inspection, WorkerSettings, WorkerTrace } from './ipc.ts';
import type { LabLimits } from './lab-limits.ts';
import type { KillSignal, ProcessName, SupervisorEvent } from './wire.ts';
import { type Exit, WorkerProcess } from './worker-process.ts';

export interface ProcessesOptions {
  /** The module a worker runs. */
  module: URL;
  count: number;
  limits: LabLimits;
  /** For the `generation`-th bearer of the name, from 1. */
  settings(name: ProcessName, generation: number): WorkerSettings;
}

export interface ProcessesEvents {
  /** `dropped`: so many events before these are missing. */
  onTrace(process: ProcessName, events: WorkerTrace[], dropped: number): void;
  onEvent(event: SupervisorEvent): void;
  /** A process died before it had told everything. */
  onCut(process: ProcessName, pid: number): void;
  onCrash(crash: { process: ProcessName; code: number | null; signal: string | null; lastWords: string }): void;
}

interface Place {
  name: ProcessName;
  generation: number;
  /** The bearer of the name, while it listens. */
  worker: WorkerProcess | undefined;
  /** The last known pid: a dead process keeps its own until its successor is there. */
  pid: number;
  last: Inspection;
  startedMs: number;
  /** Waiting time before the next successor. */
  patienceMs: number;
}

const nothing: Inspection = { heapBytes: 0, sessions: [], streams: [], inFlight: [], listening: 0 };
const shortestPatienceMs = 50;
const longestPatienceMs = 5000;

export class Processes {
  readonly names: readonly ProcessName[];
  readonly #options: ProcessesOptions;
  readonly #events: ProcessesEvents;
  readonly #places: readonly Place[];
  readonly #starting = new Set<Promise<unknown>>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #storeReachable = true;
  #stopping = false;

  constructor(options: ProcessesOptions, events: ProcessesEvents) {
    this.#options = options;
    this.#events = events;
    this.names = Array.from({ length: options.count }, (_, i): ProcessName => `p${i + 1}`);
    this.#places = this.names.map((name) => ({
      name,
      generation: 0,
      worker: undefined,
      pid: 0,
      last: nothing,
      startedMs: 0,
      patienceMs: shortestPatienceMs,
    }));
  }

  /** @throws Error when one does not start; the others are then still to be stopped */
  async start(): Promise<void> {
    await Promise.all(this.#places.map((place) => this.#fill(place)));
  }

  /** The process of this name, or `undefined` while it has none. */
  get(name: ProcessName): WorkerProcess | undefined {
    return this.#places.find((place) => place.name === name)?.worker;
  }

  list(): { name: ProcessName; pid: number }[] {
    return this.#places.map(({ name, pid }) => ({ name, pid }));
  }

  /** What a router may choose from. */
  candidates(): Candidate[] {
    return this.#places.map(({ name, pid, worker }) => ({ name, pid, alive: worker?.takesRequests ?? false }));
  }

  /** Sends a signal to the process of this name. Whatever becomes of it, its name gets a successor. */
  kill(name: string, signal: KillSignal): { pid: number } | 'unknown' | 'dead' {
    const place = this.#places.find((other) => other.name === name);
    if (!place) return 'unknown';
    if (!place.worker?.alive) return 'dead';
    this.#events.onEvent({ type: 'kill-requested', process: place.name, pid: place.pid, signal });
    place.worker.kill(signal);
    return { pid: place.pid };
  }

  /** Has the process of this name emit a notification. */
  emit(name: string, method: string, params?: JsonObject): 'told' | 'unknown' | 'dead' {
    const place = this.#places.find((other) => other.name === name);
    if (!place) return 'unknown';
    if (!place.worker?.alive) return 'dead';
    this.#events.onEvent({ type: 'emit-requested', process: place.name, method });
    place.worker.emit(method, params);
    return 'told';
  }

  /** Whoever has the session ends it. */
  expireSession(session: string): void {
    for (const { worker } of this.#places) worker?.expireSession(session);
  }

  /** Lets the store that they share be within their reach, or not; successors are no better off. */
  setStoreReachable(reachable: boolean): void {
    this.#storeReachable = reachable;
    for (const { worker } of this.#places) worker?.setStoreReachable(reachable);
  }

  async inspect(): Promise<ProcessState[]> {
    return Promise.all(
      this.#places.map(async (place) => {
        const { worker } = place;
        // One that is too busy to answer shows what was last known of it.
        if (worker) place.last = (await worker.inspect()) ?? place.last;
        const alive = place.worker?.alive ?? false;
        return { name: place.name, pid: place.pid, alive, ...(alive ? place.last : nothing) };
      }),
    );
  }

  /** Stops them all. None is left when the promise resolves. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const timer of this.#timers) clearTimeout(timer);
    await Promise.allSettled(this.#starting);
    await Promise.all(this.#places.map((place) => place.worker?.stop()));
  }

  async #fill(place: Place): Promise<void> {
    const settings = this.#options.settings(place.name, ++place.generation);
    place.startedMs = performance.now();
    const starting = WorkerProcess.start(this.#options.module, settings, this.#options.limits, {
      onTrace: (events, dropped) => this.#events.onTrace(place.name, events, dropped),
      onExit: (exit) => this.#onExit(place, exit),
    });
    this.#starting.add(starting);
    try {
      const worker = await starting;
      if (!worker.alive) throw new Error('The worker died as soon as it listened.');
      place.worker = worker;
      if (!this.#storeReachable) worker.setStoreReachable(false);
      place.pid = worker.pid;
      place.last = nothing;
      this.#events.onEvent({ type: 'process-started', process: place.name, pid: worker.pid });
    } finally {
      this.#starting.delete(starting);
    }
  }

  #onExit(place: Place, { code, signal, expected, toldEverything, lastWords }: Exit): void {
    const { pid, name: process } = place;
    const began = place.worker !== undefined;
    place.worker = undefined;
    if (began) {
      this.#events.onEvent({ type: 'process-exited', process, pid, code, signal });
      if (!toldEverything) this.#events.onCut(process, pid);
    }
    if (!expected) this.#events.onCrash({ process, code, signal, lastWords });
    // A first start that fails is told to whoever asked for the lab; a successor is tried for again.
    if (!this.#stopping && (began || place.generation > 1)) this.#replace(place);
  }

  #replace(place: Place): void {
    // One that keeps dying young is given more and more time, so that it does not take the machine with it.
    const diedYoung = performance.now() - place.startedMs < 2000;
    place.patienceMs = diedYoung ? Math.min(place.patienceMs * 2, longestPatienceMs) : shortestPatienceMs;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      // A failure to start has been told and answered by `#onExit`.
      this.#fill(place).catch(() => {});
    }, place.patienceMs);
    this.#timers.add(timer);
  }
}
