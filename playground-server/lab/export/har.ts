/** A wire log as an HTTP Archive, version 1.2, for the network panels and tools that read one. */

import { STATUS_CODES } from 'node:http';
import type { WireEvent } from '../wire.ts';
import { type ExportedExchange, exchangesOf, headerIn } from './exchanges.ts';
import type { ExportSettings } from './index.ts';

const unknownSize = -1;
const cutComment = 'The log keeps the beginning of a long text.';

/** Fields that begin with `_` are this lab's own, as the format allows. */
export function toHar(events: readonly WireEvent[], settings: ExportSettings): string {
  const entries = exchangesOf(events).map((exchange) => entryOf(exchange, settings));
  const creator = { name: 'Streamable HTTP Lab', version: '1' };
  return `${JSON.stringify({ log: { version: '1.2', creator, pages: [], entries } }, null, 2)}\n`;
}

function entryOf(exchange: ExportedExchange, { beganAt, endpoint }: ExportSettings) {
  const { beganMs, response, end, requestBody } = exchange;
  const answeredMs = response?.atMs ?? end?.atMs ?? beganMs;
  const endedMs = end?.atMs ?? exchange.chunks.at(-1)?.atMs ?? answeredMs;
  const wait = Math.max(0, answeredMs - beganMs);
  const receive = Math.max(0, endedMs - answeredMs);
  return {
    startedDateTime: new Date(beganAt.getTime() + beganMs).toISOString(),
    time: wait + receive,
    request: {
      method: exchange.method,
      url: endpoint,
      httpVersion: 'HTTP/1.1',
      cookies: [],
      headers: nameValues(exchange.requestHeaders),
      queryString: [],
      ...(requestBody && {
        postData: {
          mimeType: headerIn(exchange.requestHeaders, 'content-type') ?? '',
          params: [],
          text: requestBody.text,
          ...(requestBody.truncated && { comment: cutComment }),
        },
      }),
      headersSize: unknownSize,
      bodySize: requestBody?.bytes ?? 0,
    },
    response: responseOf(exchange),
    cache: {},
    timings: { send: 0, wait, receive },
    ...(exchange.connection !== undefined && { connection: exchange.connection }),
    // Chrome's: without it, its network panel takes JSON for a script.
    _resourceType: 'fetch',
    _exchange: exchange.id,
    _client: exchange.client,
    ...(exchange.choice && { _process: exchange.choice.process, _why: exchange.choice.why }),
    ...(exchange.session !== undefined && { _session: exchange.session }),
    ...(exchange.stream !== undefined && { _stream: exchange.stream }),
    ...(exchange.rule !== undefined && { _rule: exchange.rule }),
    ...(exchange.failure !== undefined && { _failure: exchange.failure }),
    ...(end && { _endedBy: end.by }),
    _chunks: exchange.chunks.map(({ atMs, bytes }) => ({ atMs: Math.max(0, atMs - beganMs), bytes })),
  };
}

/** Status 0 is how a network panel writes that there was no answer. */
function responseOf({ response, chunks }: ExportedExchange) {
  const headers = response?.headers ?? [];
  const bytes = chunks.reduce((sum, chunk) => sum + chunk.bytes, 0);
  return {
    status: response?.status ?? 0,
    statusText: STATUS_CODES[response?.status ?? 0] ?? '',
    httpVersion: 'HTTP/1.1',
    cookies: [],
    headers: nameValues(headers),
    content: {
      size: bytes,
      mimeType: headerIn(headers, 'content-type') ?? 'x-unknown',
      text: chunks.map(({ text }) => text).join(''),
      ...(chunks.some(({ truncated }) => truncated) && { comment: cutComment }),
    },
    redirectURL: '',
    headersSize: unknownSize,
    bodySize: response ? bytes : unknownSize,
  };
}

function nameValues(headers: ExportedExchange['requestHeaders']): { name: string; value: string }[] {
  return headers.map(([name, value]) => ({ name, value }));
}
