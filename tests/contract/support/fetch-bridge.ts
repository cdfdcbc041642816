import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Puts a fetch handler behind `node:http`, as a runtime would: the request's body as a stream, the response piece by
 * piece at the pace of the socket, and a client that leaves as an aborted signal.
 */
export function bridge(
  handler: (request: Request) => Promise<Response>,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (incoming, outgoing) => {
    const left = new AbortController();
    outgoing.on('error', () => {});
    outgoing.on('close', () => {
      if (!outgoing.writableFinished) left.abort();
    });
    const request = requestOf(incoming, left.signal);
    if (!request) return void outgoing.writeHead(501).end();
    void handler(request).then((response) => send(response, incoming, outgoing));
  };
}

/** `undefined`: no `Request` can carry it, and a runtime answers by itself. */
function requestOf(incoming: IncomingMessage, signal: AbortSignal): Request | undefined {
  const { method = 'GET', rawHeaders, socket } = incoming;
  if (method === 'TRACE' || method === 'CONNECT' || method === 'TRACK') return undefined;
  const headers = new Headers();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    headers.append(rawHeaders[i] as string, rawHeaders[i + 1] as string);
  }
  const hasBody = method !== 'GET' && method !== 'HEAD';
  return new Request(new URL(`http://127.0.0.1:${socket.localPort}/mcp`), {
    method,
    headers,
    signal,
    ...(hasBody && { body: bodyOf(incoming), duplex: 'half' as const }),
  });
}

/** Pulled chunk by chunk. Cancelling it only stops the reading: the answer may still be on its way on the same socket. */
function bodyOf(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  return new ReadableStream(
    {
      start: (controller) => {
        incoming.on('data', (chunk: Buffer) => {
          controller.enqueue(new Uint8Array(chunk));
          incoming.pause();
        });
        incoming.on('end', () => controller.close());
        incoming.on('error', (error) => controller.error(error));
        incoming.pause();
      },
      pull: () => void incoming.resume(),
      cancel: () => void incoming.removeAllListeners('data').removeAllListeners('end').pause(),
    },
    { highWaterMark: 0 },
  );
}

async function send(response: Response, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  if (outgoing.destroyed) return void response.body?.cancel();
  const closes = response.headers.get('connection') === 'close';
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  const reader = response.body?.getReader();
  outgoing.on('close', () => void reader?.cancel().catch(() => {}));
  try {
    for (let piece = await reader?.read(); piece && !piece.done; piece = await reader?.read()) {
      if (!outgoing.write(piece.value)) await once(outgoing, 'drain');
    }
  } catch {
    outgoing.destroy();
    return;
  }
  outgoing.end();
  // Nothing of the body is read any more: without this it would be, into nowhere, to its end.
  if (closes) outgoing.once('finish', () => incoming.destroy());
}
