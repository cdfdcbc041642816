/**
 * The labs API, as its answers look on the wire: shared by the server that gives them and the page that reads them.
 * Errors are problem details (RFC 9457).
 */

import type { LastingFaults } from './faults.ts';
import type { ConnectionMode, KillSignal, ProcessName, WireEvent } from './wire.ts';

/**
 * The header by which a client names its connection to a lab, 1 to 64 visible ASCII characters: a browser cannot choose
 * its connections, so that a page says which ones shall count as one. It goes no further than the router. `c1`, `c2` … is what connections without a name are called.
 */
export const connectionHeader = 'Lab-Connection';

export interface DeploymentsAnswer {
  deployments: {
    id: string;
    processes: number;
    router: string;
    backplane: string;
    title: string;
    shows: string;
    field: string;
    available: boolean;
    reason?: string;
  }[];
  limits: {
    idleMs: number;
    maxAgeMs: number;
    labsPerAddress: number;
    creationsPerMinute: number;
    /** Of each process. */
    heapMegabytes: number;
    /** In all processes of a lab together, each of which holds its equal share. */
    sessionsPerLab: number;
    /** To a lab: MCP requests and API calls. */
    requestsPerSecond: number;
  };
  labs: { running: number; max: number };
}

export interface CreateLabRequest {
  deployment: string;
  /** 1 to as many as the deployment has, which is the default. Only where it has several. */
  processes?: number;
  /** `fresh` unless said otherwise. */
  connection?: ConnectionMode;
}

/** `PATCH /api/labs/<id>`; answered with the `LabState`. */
export interface ChangeLabRequest {
  connection: ConnectionMode;
}

/** `POST /api/labs/<id>/processes/<name>/kill`; the body may be absent. */
export interface KillRequest {
  /** `SIGKILL` unless said otherwise. */
  signal?: KillSignal;
}

/** The answer, with 202: the signal is on its way. */
export interface KillAccepted {
  process: ProcessName;
  pid: number;
}

/** `POST /api/labs/<id>/processes/<name>/emit`. */
export interface EmitRequest {
  /** Full method name, such as `notifications/tools/list_changed`. */
  notification: string;
}

/** The answer to a fault, with 202. */
export interface FaultAccepted {
  /** Connections that were broken: of `drop-connection`. */
  dropped?: number;
  /** What lasts from now on. */
  faults: LastingFaults;
}

export interface LabCreated {
  id: string;
  /** Opens `/api/labs/<id>` and nothing else. */
  token: string;
  deployment: string;
  /** The lab's MCP endpoint, absolute: an unguessable URL that any client can be given. */
  endpoint: string;
  processes: { name: ProcessName; pid: number }[];
  connection: ConnectionMode;
  /** ISO 8601: when the lab ends unless it is used. */
  expiresAt: string;
}

export interface LabState {
  id: string;
  deployment: string;
  expiresAt: string;
  connection: ConnectionMode;
  router: RouterState;
  /** What is injected into every exchange now; 0: nothing. */
  faults: LastingFaults;
  processes: ProcessState[];
}

export interface RouterState {
  policy: string;
  connection: ConnectionMode;
  /** Round robin: whose turn is next. */
  next?: ProcessName;
  /** Connections that are kept: the process chosen for each, in order of their last use. */
  kept?: { connection: string; process: ProcessName }[];
  /** Whose each session is, in order of last use: by its hash, or as learned. Masked ids. */
  sessions?: { session: string; process: ProcessName }[];
}

export interface ProcessState {
  name: ProcessName;
  /** Of one that is dead, the pid it had, until its successor is there. */
  pid: number;
  alive: boolean;
  heapBytes: number;
  /** Masked ids, as in the wire log. */
  sessions: { id: string; protocolVersion: string; clientName: string; streams: number }[];
  streams: { session: string; stream: string; open: boolean }[];
  /** A request of the modern era belongs to no session. */
  inFlight: { session: string | null; method: string }[];
  /** Streams of `subscriptions/listen` that are open. */
  listening: number;
}

/** `GET /api/labs/<id>/wire?format=json`: what followed event `after`, as soon as there is something. */
export interface WireAnswer {
  /** Empty when nothing happened within `waitMs`. */
  events: WireEvent[];
  /** To be sent as `after` the next time. */
  lastId: number;
  /** The lab is over: there will be no more. */
  ended: boolean;
}

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
}
