/** The bounds of a lab, with their defaults: declared once, reported by `GET /api/deployments`. */

export interface LabLimits {
  /** Without use for this long, a lab ends. */
  idleTimeoutMs: number;
  /** How long before that the reader is warned. */
  idleWarningMs: number;
  maxAgeMs: number;
  labsPerAddress: number;
  creationsPerMinute: number;
  /** JavaScript heap of one worker process, in MB (2^20 bytes). */
  heapMegabytes: number;
  /** In all its processes together: each may hold its equal share, rounded down. */
  sessionsPerLab: number;
  requestsPerSecond: number;
  /** A longer body is refused by the transport. */
  requestBytes: number;
  /** Readers of one lab's wire, streams and long polls together. */
  readersPerLab: number;
  wireEvents: number;
  wireBytes: number;
  /** So long an event waits for the one that caused it: see wire-order.ts. */
  wireHoldMs: number;
  /** So long a reader who lost the connection may still hear how the lab ended. */
  endedLogMs: number;
  /** How often a worker is asked whether it still turns. */
  heartbeatMs: number;
  /** A worker that has not answered for this long is killed. */
  stallTimeoutMs: number;
  startTimeoutMs: number;
  /** How long a worker may take to stop in order. */
  stopTimeoutMs: number;
}

export const defaultLabLimits: LabLimits = {
  idleTimeoutMs: 5 * 60_000,
  idleWarningMs: 60_000,
  maxAgeMs: 30 * 60_000,
  labsPerAddress: 2,
  creationsPerMinute: 10,
  heapMegabytes: 64,
  sessionsPerLab: 100,
  requestsPerSecond: 200,
  requestBytes: 4 * 1024 * 1024,
  readersPerLab: 8,
  wireEvents: 2000,
  wireBytes: 4 * 1024 * 1024,
  wireHoldMs: 50,
  endedLogMs: 30_000,
  heartbeatMs: 1000,
  stallTimeoutMs: 5000,
  startTimeoutMs: 10_000,
  stopTimeoutMs: 2000,
};
