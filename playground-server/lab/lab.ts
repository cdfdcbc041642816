/** One lab: its worker processes, the router in front of them, and the log of everything that happens. */

import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '../transport/json-rpc.ts';
import { maskSessionId } from '../transport/trace.ts';
import type { FaultAccepted, LabState, ProcessState } from './api.ts';
import { machineTimeMs } from './clock.ts';
import type { Deployment } from './deployments.ts';
import { Edge } from './edge.ts';
import { type Fault, withFault } from './faults.ts';
import { digest, matches, randomId } from './ids.ts';
import type { WorkerSettings, WorkerTrace } from './ipc.ts';
import type { LabLimits } from './lab-limits.ts';
import { Lifetime } from './lifetime.ts';
import { Processes } from './processes.ts';
import { Router } from './router.ts';
import { removeShared, writeShared } from './shared-folder.ts';
import {
  type ConnectionMode,
  type KillSignal,
  type ProcessName,
  type SupervisorEvent,
  type WireEvent,
  wireSchema,
} from './wire.ts';
import { type Unnumbered, WireLog } from './wire-log.ts';
import { WireOrder } from './wire-order.ts';

export type EndReason = Extract<SupervisorEvent, { type: 'lab-ended' }>['reason'];

export interface LabOptions {
  deployment: Deployment;
  /** How many of them; as many as the deployment has, or fewer. */
  processes: number;
  connection: ConnectionMode;
  limits: LabLimits;
  /** The module a worker process runs. */
  worker: URL;
  allowedHosts: readonly string[];
  allowedOrigins: readonly string[];
  /** Where processes that share their state keep it, instead of in a file. */
  redisUrl: string | undefined;
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
  /** By the machine's calendar. */
  readonly beganAt = new Date();
  readonly #beganMs = machineTimeMs();
  readonly #order: WireOrder;
  readonly #router: Router;
  readonly #processes: Processes;
  readonly #edge: Edge;
  readonly #lifetime: Lifetime;
  readonly #folder: string;
  #token: Buffer | undefined;
  #ending: Promise<void> | undefined;
  /** Runs while the store is out of reach. */
  #storeDown: NodeJS.Timeout | undefined;

  private constructor(folder: string, options: LabOptions) {
    const { deployment, processes: count, connection, limits } = options;
    this.deployment = deployment;
    this.log = new WireLog(limits.wireEvents, limits.wireBytes);
    this.#options = options;
    this.#folder = folder;
    this.#order = new WireOrder((event) => this.log.append(event), machineTimeMs, limits.wireHoldMs);
    this.#router = new Router(deployment.router, connection);
    this.#processes = new Processes(
      { module: options.worker, limits, count, settings: (name, n) => this.#settings(name, n) },
      {
        onTrace: (process, events, dropped) => this.#onTrace(process, events, dropped),
        onEvent: (event) => this.#tell(event),
        onCut: (process, pid) => this.#tell({ type: 'trace-cut', process, pid, exchanges: this.#edge.underWayAt(pid) }),
        onCrash: options.onCrash,
      },
    );
    this.#edge = new Edge(this.#router, this.#processes, (event, bytes) =>
      this.#record({ atMs: this.#now(), actor: 'router', ...event }, bytes),
    );
    this.#lifetime = new Lifetime(limits, {
      onIdle: (endsAt) => this.#tell({ type: 'lab-idle', endsAt: endsAt.toISOString() }),
      onEnd: (reason) => options.onTimeUp(this, reason),
    });
    const store = this.hasStore && options.redisUrl !== undefined ? { store: 'redis' as const } : {};
    const began = { type: 'lab-began', schema: wireSchema, deployment: deployment.id } as const;
    this.#tell({ ...began, processes: count, connection, ...store });
  }

  /**
   * Starts a lab; all its processes listen when the promise resolves.
   * @throws Error when one of them does not start
   */
  static async start(options: LabOptions): Promise<Lab> {
    // mkdtemp makes the folder 0700: only this user can reach the sockets in it.
    const lab = new Lab(await mkdtemp(join(tmpdir(), 'lab-')), options);
    try {
      if (lab.hasStore) await writeShared(lab.#folder, options.redisUrl);
      await lab.#processes.start();
      lab.#lifetime.begin();
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

  /** Its processes share what they know. */
  get hasStore(): boolean {
    return this.deployment.backplane === 'sqlite';
  }

  get expiresAt(): string {
    return this.#lifetime.endsAt.toISOString();
  }

  get processes(): { name: ProcessName; pid: number }[] {
    return this.#processes.list();
  }

  async state(): Promise<LabState> {
    const processes: ProcessState[] = await this.#processes.inspect();
    const router = this.#router.state(this.#processes.candidates());
    const { id, deployment, expiresAt, connection } = this;
    const { faults } = this.#edge;
    return { id, deployment: deployment.id, expiresAt, connection, router, faults, processes };
  }

  get connection(): ConnectionMode {
    return this.#router.mode;
  }

  /** From the next request on. */
  setConnection(connection: ConnectionMode): void {
    if (this.#router.setMode(connection)) this.#tell({ type: 'connection-mode-changed', connection });
  }

  /** Sends a real signal to one of the processes; a successor follows. */
  kill(process: string, signal: KillSignal): { pid: number } | 'unknown' | 'dead' {
    return this.#processes.kill(process, signal);
  }

  /** Has one of the processes emit a notification, to whom it concerns there. */
  emit(process: string, method: string, params?: JsonObject): 'told' | 'unknown' | 'dead' {
    return this.#processes.emit(process, method, params);
  }

  /** Injects a fault. @returns what lasts from now on, and how many connections broke */
  inject(fault: Fault): FaultAccepted {
    const shown = fault.kind === 'expire-session' ? { ...fault, id: maskSessionId(fault.id) } : fault;
    this.#tell({ type: 'fault-injected', fault: shown });
    if (fault.kind === 'expire-session') this.#processes.expireSession(fault.id);
    if (fault.kind === 'store-down') this.#breakStore(fault.ms);
    this.#edge.faults = withFault(this.#edge.faults, fault);
    const { faults } = this.#edge;
    return fault.kind === 'drop-connection'
      ? { dropped: this.#edge.drop(fault.stream, fault.session), faults }
      : { faults };
  }

  /**
   * Serves one request to the lab's MCP endpoint.
   * @returns why no process answered, when nothing was sent to the client yet; the caller answers
   */
  serve(request: IncomingMessage, response: ServerResponse): Promise<string | undefined> {
    this.touch();
    return this.#edge.serve(request, response);
  }

  /** Ends the lab: its processes are gone when the promise resolves, and the log's last event says why. */
  end(reason: EndReason): Promise<void> {
    this.#ending ??= this.#end(reason);
    return this.#ending;
  }

  async #end(reason: EndReason): Promise<void> {
    this.#lifetime[Symbol.dispose]();
    clearTimeout(this.#storeDown);
    // They stop in order, and have things to put away.
    this.#processes.setStoreReachable(true);
    await this.#processes.stop();
    await removeShared(this.#folder);
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
      // What they share they also count together.
      maxSessions: this.hasStore
        ? limits.sessionsPerLab
        : Math.max(1, Math.floor(limits.sessionsPerLab / this.#options.processes)),
      maxRequestBytes: limits.requestBytes,
      allowedHosts,
      allowedOrigins,
      stateless: this.deployment.backplane === 'none',
      shared: this.hasStore ? this.#folder : null,
    };
  }

  #breakStore(ms: number): void {
    clearTimeout(this.#storeDown);
    if (ms > 0) {
      this.#processes.setStoreReachable(false);
      this.#storeDown = setTimeout(() => this.#restoreStore(), ms);
    } else if (this.#storeDown) this.#restoreStore();
  }

  #restoreStore(): void {
    this.#storeDown = undefined;
    this.#tell({ type: 'store-restored' });
    this.#processes.setStoreReachable(true);
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

  #onTrace(process: ProcessName, events: WorkerTrace[], dropped: number): void {
    // In the lane of the process itself, so that it stands where its events are missing.
    if (dropped > 0) {
      this.#record({ atMs: this.#now(), actor: process, body: { type: 'trace-gap', process, dropped } });
    }
    for (const { timeMs, event, place, bytes, cutFromBytes } of events) {
      const { exchange, stream, session } = place;
      if (event.type === 'stream-attached' && exchange && stream) this.#edge.carries(exchange, stream, session);
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
}
