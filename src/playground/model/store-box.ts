/** The store that the processes share, as the wire log tells of it: the head of its lifeline. */

import type { WireEvent } from '../../../playground-server/lab/wire.ts';
import type { ProcessBox } from './processes.ts';

export interface StoreBox extends Pick<ProcessBox, 'sessions' | 'lit' | 'touched' | 'missed'> {
  /** Streams whose last event is not there yet, by session and name. */
  streams: readonly string[];
  /** As a head of a lifeline has room for it. */
  name: string;
  /** No fault keeps the processes from it. */
  reachable: boolean;
}

export const emptyStore: StoreBox = {
  name: 'store.db',
  sessions: [],
  touched: 0,
  missed: 0,
  streams: [],
  reachable: true,
};

/** The store after one more event. */
function reduceStore(box: StoreBox, { session = '', stream, body }: WireEvent): StoreBox {
  switch (body.type) {
    case 'lab-began':
      return body.store === 'redis' ? { ...box, name: 'Redis' } : box;
    case 'session-created': {
      const { protocolVersion, clientName } = body;
      const sessions = [...box.sessions, { id: session, protocolVersion, clientName }];
      return { ...box, sessions, lit: session, touched: box.touched + 1 };
    }
    case 'session-ended': {
      const sessions = box.sessions.filter(({ id }) => id !== session);
      return { ...box, sessions, streams: box.streams.filter((key) => !key.startsWith(`${session}/`)) };
    }
    case 'store-called': {
      const { operation, outcome } = body;
      const key = `${session}/${stream}`;
      const others = box.streams.filter((one) => one !== key);
      if (operation === 'sessions.admit' && outcome === 'found')
        return { ...box, lit: session, touched: box.touched + 1 };
      if (operation === 'sessions.admit' && outcome === 'missing') return { ...box, missed: box.missed + 1 };
      if (operation === 'logs.open' && outcome === 'opened') return { ...box, streams: [...others, key] };
      const ends = operation === 'logs.append' ? outcome.endsWith('the last') : /^logs\.(finish|end)$/.test(operation);
      return ends && outcome !== 'unreachable' ? { ...box, streams: others } : box;
    }
    case 'fault-injected':
      return body.fault.kind === 'store-down' ? { ...box, reachable: body.fault.ms === 0 } : box;
    case 'store-restored':
      return { ...box, reachable: true };
    default:
      return box;
  }
}

/** The store after all these events. */
export function storeAfter(before: StoreBox, events: readonly WireEvent[]): StoreBox {
  return events.reduce(reduceStore, before);
}
