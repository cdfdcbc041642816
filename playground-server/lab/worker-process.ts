/** One worker process as its supervisor sees it: started, asked, watched, stopped. */

import { type ChildProcess, fork } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { JsonObject } from '../transport/json-rpc.ts';
import type { FromWorker, Inspection, ToWorker, WorkerSettings, WorkerTrace } from './ipc.ts';
import type { LabLimits } from './lab-limits.ts';
import type { KillSignal } from './wire.ts';

/**
 * Workers share what Node made of their modules, types stripped and compiled: the second one starts in less than half
 * the time, and takes 28 MB less. Beside the packages, because whoever can write there can change the code anyway.
 */
const compileCache = fileURLToPath(new URL('../../node_modules/.cache/lab-workers/', import.meta.url));

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** It was told to go. */
  expected: boolean;
  /** It had told all that it did. */
  toldEverything: boolean;
  /** The tail of what it wrote to stderr. */
  lastWords: string;
}

export interface WorkerEvents {
  /** `dropped`: so many events before these are missing. */
  onTrace(events: WorkerTrace[], dropped: number): void;
  /** Called once, after all its traces. */
  onExit(exit: Exit): void;
}

export class WorkerProcess {
  readonly settings: WorkerSettings;
  /** Connections to the worker, kept open from request to request. */
  readonly agent = new Agent({ keepAlive: true, maxFreeSockets: 64 });
  readonly #child: ChildProcess;
  readonly #limits: LabLimits;
  readonly #questions = new Map<number, (answer: Inspection | undefined) => void>();
  readonly #exited = Promise.withResolvers<Exit>();
  readonly #listening = Promise.withResolvers<void>();
  #nextQuestion = 1;
  #unansweredPings = 0;
  #expectedToExit = false;
  #toldEverything = false;
  #lastWords = '';
  #tooSlow: NodeJS.Timeout | undefined;
  /** It runs, and no signal was sent to it that it cannot survive. */
  alive = true;

  private constructor(module: URL, settings: WorkerSettings, limits: LabLimits, events: WorkerEvents) {
    this.settings = settings;
    this.#limits = limits;
    this.#child = fork(module, [JSON.stringify(settings)], {
      execArgv: [`--max-old-space-size=${limits.heapMegabytes}`],
      // Nothing else of this process's environment is a worker's business.
      env: { NODE_COMPILE_CACHE: compileCache },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#lastWords = (this.#lastWords + text).slice(-2000);
    });
    this.#child.on('message', (message: FromWorker) => this.#hear(message, events));
    let heartbeat: NodeJS.Timeout | undefined;
    // Before it listens it is busy starting, for as long as `start` lets it.
    this.#listening.promise.then(
      () => {
        heartbeat = setInterval(() => this.#ping(), limits.heartbeatMs);
      },
      () => {},
    );
    const onGone = (code: number | null, signal: NodeJS.Signals | null): void => {
      clearInterval(heartbeat);
      clearTimeout(this.#tooSlow);
      this.alive = false;
      this.agent.destroy();
      for (const answer of this.#questions.values()) answer(undefined);
      this.#listening.reject(
        new Error(`The worker exited (${signal ?? code}) before it listened.\n${this.#lastWords}`),
      );
      // One that was killed leaves its socket behind.
      rm(settings.socket, { force: true }).catch(() => {});
      const exit: Exit = {
        code,
        signal,
        expected: this.#expectedToExit,
        toldEverything: this.#toldEverything,
        lastWords: this.#lastWords,
      };
      events.onExit(exit);
      this.#exited.resolve(exit);
    };
    // `close`, not `exit`: what the channel and stderr still held has then been read.
    this.#child.once('close', onGone);
    this.#child.on('error', (error) => {
      this.#lastWords += error.message;
      // Without a pid it never ran, and nothing will close.
      if (this.#child.pid === undefined) onGone(null, null);
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** It is alive, and nobody has asked it to go. */
  get takesRequests(): boolean {
    return this.alive && !this.#expectedToExit;
  }

  /**
   * Forks a worker; it listens when the promise resolves.
   * @throws Error when it exits before, or takes longer than `startTimeoutMs`
   */
  static async start(
    module: URL,
    settings: WorkerSettings,
    limits: LabLimits,
    events: WorkerEvents,
  ): Promise<WorkerProcess> {
    const worker = new WorkerProcess(module, settings, limits, events);
    const tooSlow = setTimeout(() => worker.#destroy(), limits.startTimeoutMs);
    try {
      await worker.#listening.promise;
      return worker;
    } finally {
      clearTimeout(tooSlow);
    }
  }

  /** What it holds now; `undefined` when it does not answer within a second. */
  inspect(): Promise<Inspection | undefined> {
    if (!this.alive) return Promise.resolve(undefined);
    const question = this.#nextQuestion++;
    const { promise, resolve } = Promise.withResolvers<Inspection | undefined>();
    const tooSlow = setTimeout(resolve, 1000, undefined);
    this.#questions.set(question, resolve);
    this.#tell({ type: 'inspect', question });
    return promise.finally(() => {
      clearTimeout(tooSlow);
      this.#questions.delete(question);
    });
  }

  emit(method: string, params?: JsonObject): void {
    this.#tell({ type: 'emit', method, ...(params && { params }) });
  }

  /** Ends the session of this id, if it has one, as if it had expired. */
  expireSession(session: string): void {
    this.#tell({ type: 'expire-session', session });
  }

  /** Lets the store that it shares be within its reach, or not. */
  setStoreReachable(reachable: boolean): void {
    this.#tell({ type: 'store', reachable });
  }

  /** Stops it in order, or kills it when that takes too long. It is gone when the promise resolves. */
  async stop(graceMs = 0): Promise<void> {
    this.#expectGone();
    this.#tell({ type: 'stop', graceMs });
    await this.#exited.promise;
  }

  /** Sends it a real signal, because somebody asked for that. */
  kill(signal: KillSignal): void {
    this.#expectGone();
    if (signal === 'SIGKILL') this.alive = false;
    this.#child.kill(signal);
  }

  /** How it ended; `undefined` when it has not within `ms`. */
  exitWithin(ms: number): Promise<Exit | undefined> {
    const abort = new AbortController();
    const tooLong = delay(ms, undefined, { signal: abort.signal }).catch(() => undefined);
    return Promise.race([this.#exited.promise, tooLong]).finally(() => abort.abort());
  }

  /** From now on nobody sends it requests; and if it does not go, it is made to. */
  #expectGone(): void {
    this.#expectedToExit = true;
    if (this.alive) this.#tooSlow ??= setTimeout(() => this.#destroy(), this.#limits.stopTimeoutMs);
  }

  #destroy(): void {
    this.#child.kill('SIGKILL');
  }

  #tell(message: ToWorker): void {
    // The callback takes the error of a channel that closes at this very moment.
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  #ping(): void {
    // Beats are counted, not time: a laptop that slept has missed none.
    if (this.#unansweredPings * this.#limits.heartbeatMs >= this.#limits.stallTimeoutMs) {
      this.#destroy();
    } else {
      this.#unansweredPings++;
      this.#tell({ type: 'ping' });
    }
  }

  #hear(message: FromWorker, events: WorkerEvents): void {
    switch (message.type) {
      case 'listening':
        this.#listening.resolve();
        break;
      case 'pong':
        this.#unansweredPings = 0;
        break;
      case 'trace':
        events.onTrace(message.events, message.dropped ?? 0);
        break;
      case 'inspected':
        this.#questions.get(message.question)?.(message.inspection);
        break;
      case 'wants-to-stop':
        void this.stop(this.#limits.stopTimeoutMs / 2);
        break;
      case 'told-everything':
        this.#toldEverything = true;
        break;
    }
  }
}
