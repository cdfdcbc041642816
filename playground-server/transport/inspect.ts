import type { Sessions } from './handshake/sessions.ts';
import type { ModernEndpoint } from './modern/endpoint.ts';
import { maskSessionId } from './trace.ts';

/** What a transport holds at one moment. Session ids are masked. */
export interface Inspection {
  sessions: { id: string; protocolVersion: string; clientName: string; streams: number }[];
  /** `open`: a connection is reading it. */
  streams: { session: string; stream: string; open: boolean }[];
  /** Of both eras: a request of the modern one belongs to no session. */
  inFlight: { session: string | null; method: string }[];
  /** Streams of `subscriptions/listen` that are open. */
  listening: number;
}

export function inspect(sessions: Sessions, modern: Pick<ModernEndpoint, 'inFlight' | 'listening'>): Inspection {
  const { listening } = modern;
  const inspection: Inspection = { sessions: [], streams: [], inFlight: [], listening };
  for (const method of modern.inFlight) inspection.inFlight.push({ session: null, method });
  for (const { record, streams, inFlight } of sessions.all()) {
    const id = maskSessionId(record.id);
    inspection.sessions.push({
      id,
      protocolVersion: record.protocolVersion,
      clientName: record.clientInfo.name,
      streams: streams.size,
    });
    for (const stream of streams.values()) {
      inspection.streams.push({ session: id, stream: stream.name, open: stream.isOpen });
    }
    for (const request of inFlight) inspection.inFlight.push({ session: id, method: request.method });
  }
  return inspection;
}
