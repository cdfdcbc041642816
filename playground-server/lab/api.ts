/**
 * The labs API, as its answers look on the wire: shared by the server that gives them and the page that reads them.
 * Errors are problem details (RFC 9457).
 */

import type { ProcessName, WireEvent } from './wire.ts';

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
  limits: { idleMs: number; maxAgeMs: number; labsPerAddress: number; creationsPerMinute: number };
  labs: { running: number; max: number };
}

export interface CreateLabRequest {
  deployment: string;
}

export interface LabCreated {
  id: string;
  /** Opens `/api/labs/<id>` and nothing else. */
  token: string;
  deployment: string;
  /** The lab's MCP endpoint, absolute: an unguessable URL that any client can be given. */
  endpoint: string;
  processes: { name: ProcessName; pid: number }[];
  /** ISO 8601: when the lab ends unless it is used. */
  expiresAt: string;
}

export interface LabState {
  id: string;
  deployment: string;
  expiresAt: string;
  processes: ProcessState[];
}

export interface ProcessState {
  name: ProcessName;
  pid: number;
  alive: boolean;
  heapBytes: number;
  /** Masked ids, as in the wire log. */
  sessions: { id: string; protocolVersion: string; clientName: string; streams: number }[];
  streams: { session: string; stream: string; open: boolean }[];
  inFlight: { session: string; method: string }[];
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
