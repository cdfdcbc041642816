/** One lab: its worker processes, the router in front of them, and the log of everything that happens. */

import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HeaderList } from '../transport/trace.ts';
import type { LabState, ProcessState } from './api.ts';
import { machineTimeMs } from './clock.ts';
import type { Deployment } from './deployments.ts';
import { digest, matches, randomId } from './ids.ts';
import type { WorkerSettings, WorkerTrace } from './ipc.ts';
import type { LabLimits } from './lab-limits.ts';
import { Lifetime } from './lifetime.ts';
import { Processes } from './processes.ts';
import { relay } from './relay.ts';
import { chooseProcess } from './router.ts';
import { clientName, headerPairs, shownHeaders, shownTarget } from './shown.ts';
import { type ProcessName, type RouterEvent, type SupervisorEvent, type WireEvent, wireSchema } from './wire.ts';
import { type Unnumbered, WireLog } from './wire-log.ts';
import { WireOrder } from './wire-order.ts';

export type EndReason = Extract<SupervisorEvent, { type: 'lab-ended' }>['reason'];

export interface LabOptions {
  deployment: Deployment;
  limits: LabLimits;
  /** The module a worker process runs. */
  worker: URL;
  allowedHosts: readonly string[];
  allowedOrigins: readonly string[];
  /** Told when a worker died that should not have; `lastWords` is the tail of what it wrote to stderr. */
  onCrash(crash: { process: ProcessName; code: number | null; signal: string | null; lastWords: string }): void;
  /** Told when the lab's time is up; whoever owns the lab ends it. */
  onTimeUp(lab: Lab, reason: 'idle' | 'age'): void;
}

export class Lab {
  readonly id = randomId();
  readonly deployment: Deployment;
  readonly log: WireLog;
  readonly #options: LabOptions;
  readonly #beganMs = machineTimeMs();
  readonly #order: WireOrder;
  readonly #connections = new WeakMap<Socket, string>();
  readonly #processes: Processes;
  readonly #lifetime: Lifetime;
  readonly #folder: string;
  #token: Buffer | undefined;
  #lastExchange = 0;
  #lastConnection = 0;
  #ending: Promise<void> | undefined;

  private constructor(folder: string, options: LabOptions) {
    const { deployment, limits } = options;
    this.deployment = deployment;
    this.log = new WireLog(limits.wireEvents, limits.wireBytes);
    this.#options = options;
    this.#folder = folder;
    this.#order = new WireOrder((event) => this.log.append(event), machineTimeMs);
    this.#processes = new Processes(
      { module: options.worker, limits, count: deployment.processes, settings: (name, n) => this.#settings(name, n) },
      {
        onTrace: (process, events) => this.#onTrace(process, events),
        onEvent: (event) => this.#tell(event),
        onCrash: options.onCrash,
      },
    );
    this.#lifetime = new Lifetime(limits, {
      onIdle: (endsAt) => this.#tell({ type: 'lab-idle', endsAt: endsAt.toISOString() }),
      onEnd: (reason) => options.onTimeUp(this, reason),
    });
    this.#tell({ type: 'lab-began', schema: wireSchema, deployment: deployment.id });
  }

  /**
   * Starts a lab; all its processes listen when the promise resolves.
   * @throws Error when one of them does not start
   */
  static async start(options: LabOptions): Promise<Lab> {
    // mkdtemp makes the folder 0700: only this user can reach the sockets in it.
    const lab = new Lab(await mkdtemp(join(tmpdir(), 'lab-')), options);
    try {
      await lab.#processes.start();
      return lab;
    } catch (error) {
      await lab.end('server-stopping');
      throw error;
    }
  }

  /** Makes the lab's token. Only its digest is kept, so this is the one time that it can be told. */
  issueToken(): string {
    const token = randomId();
    this.#token = digest(token);
    return token;
  }

  isOpenedBy(token: string): boolean {
    return this.#token !== undefined && matches(token, this.#token);
  }

  /** Someone used the lab, or has its page in view. */
  touch(): void {
    this.#lifetime.touch();
  }

  get expiresAt(): string {
    return this.#lifetime.endsAt.toISOString();
  }

  get processes(): { name: ProcessName; pid: number }[] {
    return this.#processes.list();
  }

  async state(): Promise<LabState> {
    const processes: ProcessState[] = await this.#processes.inspect();
    return { id: this.id, deployment: this.deployment.id, expiresAt: this.expiresAt, processes };
  }

  /**
   * Serves one request to the lab's MCP endpoint.
   * @returns why no process answered, when nothing was sent to the client yet; the caller answers
   */
  async serve(request: IncomingMessage, response: ServerResponse): Promise<string | undefined> {
    this.touch();
    const exchange = `x${++this.#lastExchange}`;
    const place: { exchange: string; connection: string; session?: string } = {
      exchange,
      connection: this.#connectionName(request.socket),
    };
    const tap = (body: RouterEvent, bytes?: number): void => {
      // Known from the request on, or from the answer that opens the session.
      const session = place.session ?? ('headers' in body ? sessionIn(body.headers) : undefined);
      if (session !== undefined) place.session = session;
      this.#record({ atMs: this.#now(), actor: 'router', ...place, body }, bytes);
    };

    tap({
      type: 'request-arrived',
      method: request.method ?? '',
      target: shownTarget(request.url ?? ''),
      headers: shownHeaders(headerPairs(request.rawHeaders)),
      client: clientName(request.headers['user-agent']),
    });
    const choice = chooseProcess(this.deployment.router, this.#processes.names);
    tap({ type: 'process-chosen', ...choice });
    const worker = this.#processes.get(choice.process);
    const end = worker
      ? await relay(request, response, { ...worker.settings, agent: worker.agent, exchange }, tap)
      : ({ kind: 'failed', why: 'It has died, and its successor is still starting.', answered: false } as const);
    if (end.kind === 'done') return undefined;
    tap({ type: 'process-failed', process: choice.process, why: end.why });
    if (end.answered) {
      tap({ type: 'response-end', by: 'server' });
      return undefined;
    }
    response.once('close', () => {
      tap({ type: 'response-head', status: response.statusCode, headers: shownHeaders(sentHeaders(response)) });
      tap({ type: 'response-end', by: response.writableFinished ? 'server' : 'client' });
    });
    return end.why;
  }

  /** Ends the lab: its processes are gone when the promise resolves, and the log's last event says why. */
  end(reason: EndReason): Promise<void> {
    this.#ending ??= this.#end(reason);
    return this.#ending;
  }

  async #end(reason: EndReason): Promise<void> {
    this.#lifetime[Symbol.dispose]();
    await this.#processes.stop();
    await rm(this.#folder, { recursive: true, force: true });
    this.#tell({ type: 'lab-ended', reason });
    this.#order.flush();
    this.log.end();
  }

  #settings(name: ProcessName, generation: number): WorkerSettings {
    const { limits, allowedHosts, allowedOrigins } = this.#options;
    return {
      name,
      // A successor has its own path: whoever still knows the old one must find nobody there.
      socket: join(this.#folder, `${name}-${generation}.sock`),
      maxSessions: limits.sessionsPerLab,
      maxRequestBytes: limits.requestBytes,
      allowedHosts,
      allowedOrigins,
    };
  }

  #now = (): number => this.#sinceBegin(machineTimeMs());
  /** Microseconds are as fine as it gets, and as much as a log needs. */
  #sinceBegin = (timeMs: number): number => Math.max(0, Math.round((timeMs - this.#beganMs) * 1e3) / 1e3);

  #tell(body: SupervisorEvent): void {
    this.#record({ atMs: this.#now(), actor: 'supervisor', body });
  }

  #record(event: Unnumbered, bytes?: number): void {
    this.#order.add({ event, ...(bytes !== undefined && { bytes }) });
  }

  #onTrace(process: ProcessName, events: WorkerTrace[]): void {
    for (const { timeMs, event, place, bytes, cutFromBytes } of events) {
      const wire: Omit<WireEvent, 'id'> = {
        atMs: this.#sinceBegin(timeMs),
        actor: process,
        ...place,
        ...(cutFromBytes !== undefined && { cutFromBytes }),
        body: event,
      };
      this.#record(wire, bytes);
    }
  }

  #connectionName(socket: Socket): string {
    const known = this.#connections.get(socket);
    if (known !== undefined) return known;
    const name = `c${++this.#lastConnection}`;
    this.#connections.set(socket, name);
    return name;
  }
}

/** Masked, as it stands in the headers that may be shown. */
function sessionIn(headers: HeaderList): string | undefined {
  return headers.find(([name, value]) => name.toLowerCase() === 'mcp-session-id' && value !== '')?.[1];
}

function* sentHeaders(response: ServerResponse): Generator<[string, string]> {
  for (const [name, value] of Object.entries(response.getHeaders())) yield [name, String(value)];
}
