/** The faults that were injected into a lab, as its wire log tells of them: in words, and which of them last. */

import { type Fault, type LastingFaults, noFaults, withFault } from '../../../playground-server/lab/faults.ts';
import type { WireEvent } from '../../../playground-server/lab/wire.ts';

/** What was asked for, in one line. */
export function faultInWords(fault: Fault): string {
  switch (fault.kind) {
    case 'drop-connection':
      return `fault: the connection of stream ${fault.stream} is cut`;
    case 'delay':
      return fault.ms === 0 ? 'delay taken back' : `fault: every request waits ${fault.ms} ms`;
    case 'buffer':
      return fault.bytes === 0 ? 'buffer taken back' : `fault: answers are held back until ${fault.bytes} bytes`;
    case 'cut-idle':
      return fault.ms === 0 ? 'idle cut taken back' : `fault: answers that are quiet for ${fault.ms} ms are cut`;
    case 'expire-session':
      return `fault: session ${fault.id} expires`;
    case 'store-down':
      return fault.ms === 0 ? 'outage taken back' : `fault: no process reaches the store for ${fault.ms} ms`;
  }
}

/** What lasts after all these events. */
export function faultsAfter(events: readonly WireEvent[]): LastingFaults {
  return events.reduce(
    (now, { body }) => (body.type === 'fault-injected' ? withFault(now, body.fault) : now),
    noFaults,
  );
}
