import { Agent, request as httpRequest } from 'node:http';
import { type Frame, framesOf } from '../frames.ts';

export interface Sent {
  port: number;
  method: 'POST' | 'GET' | 'DELETE';
  headers: Record<string, string>;
  body?: object;
}

/** What became of one request. `refused`: no byte of an answer came, so it counts as not sent. */
export type Outcome =
  | { kind: 'refused' }
  /** The connection carried an answer, to its end or not. */
  | {
      kind: 'answered';
      status: number;
      instance: string;
      sessionId: string;
      retryAfter: string | undefined;
      text: string;
      whole: boolean;
      /** When its head was here. */
      at: number;
    };

/** Sends a request on a connection of its own, and hands on each event as soon as it is complete. */
export function send({ port, method, headers, body }: Sent, onFrame: (frame: Frame) => void): Promise<Outcome> {
  const text = body && JSON.stringify(body);
  return new Promise((resolve) => {
    const request = httpRequest({
      host: '127.0.0.1',
      port,
      method,
      path: '/mcp',
      agent: new Agent({ keepAlive: false }),
      headers: {
        accept: method === 'GET' ? 'text/event-stream' : 'application/json, text/event-stream',
        ...(text && { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) }),
        ...headers,
      },
    });
    request.on('error', () => resolve({ kind: 'refused' }));
    request.on('response', (response) => {
      const isStream = response.headers['content-type'] === 'text/event-stream';
      const at = Date.now();
      let rest = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        rest += chunk;
        const end = isStream ? rest.lastIndexOf('\n\n') + 2 : 0;
        if (end < 2) return;
        const complete = rest.slice(0, end);
        rest = rest.slice(end);
        for (const frame of framesOf(complete)) onFrame(frame);
      });
      response.on('error', () => {});
      response.on('close', () =>
        resolve({
          kind: 'answered',
          status: response.statusCode ?? 0,
          instance: String(response.headers['x-instance'] ?? ''),
          sessionId: String(response.headers['mcp-session-id'] ?? ''),
          retryAfter: response.headers['retry-after'],
          text: rest,
          whole: response.complete,
          at,
        }),
      );
    });
    request.end(text);
  });
}
