/** The faults that a reader can have injected into a lab, as data. */

export type Fault =
  /** Breaks the connections that carry this stream now; of one session, where its masked id is given. */
  | { kind: 'drop-connection'; stream: string; session?: string }
  /** Every request waits this long before it goes to a process. 0: no more. */
  | { kind: 'delay'; ms: number }
  /** A proxy that buffers: nothing of an answer goes on before so many bytes are there, or its end. 0: no more. */
  | { kind: 'buffer'; bytes: number }
  /** A proxy that cuts what is quiet: an answer on which nothing moves for this long is broken off. 0: no more. */
  | { kind: 'cut-idle'; ms: number }
  /** The session is gone, as if it had been idle for too long. `id` is shown masked. */
  | { kind: 'expire-session'; id: string }
  /**
   * The store that the processes share is out of reach of all of them for so long. It is their client that fails: the
   * store itself is never touched. 0: it is within reach again.
   */
  | { kind: 'store-down'; ms: number };

/** The faults that last until they are taken back. */
export interface LastingFaults {
  delayMs: number;
  bufferBytes: number;
  cutIdleMs: number;
}

export const noFaults: LastingFaults = { delayMs: 0, bufferBytes: 0, cutIdleMs: 0 };

export const faultBounds = {
  delayMs: 10_000,
  bufferBytes: 1024 * 1024,
  cutIdleMs: 300_000,
  storeDownMs: 60_000,
} as const;

/** What lasts, after this fault. */
export function withFault(lasting: LastingFaults, fault: Fault): LastingFaults {
  switch (fault.kind) {
    case 'delay':
      return { ...lasting, delayMs: fault.ms };
    case 'buffer':
      return { ...lasting, bufferBytes: fault.bytes };
    case 'cut-idle':
      return { ...lasting, cutIdleMs: fault.ms };
    default:
      return lasting;
  }
}
