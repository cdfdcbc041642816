/** JSON in and out of the server's own API. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { isJson } from '../transport/guards.ts';
import { HttpProblem } from './problem.ts';

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = typeof value === 'string' ? value : JSON.stringify(value);
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
  });
  response.end(body);
}

/** What the API is sent is tiny; this is generous. */
const maxApiBodyBytes = 16 * 1024;

/**
 * Reads a JSON body.
 * @throws HttpProblem when it is too large, not declared as JSON, or not JSON
 */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  // Asked before the body: a page of another origin can send JSON only under this type after a preflight it does not get.
  if (!isJson(request.headers['content-type'])) {
    throw new HttpProblem('not-json', 'Send the body with Content-Type: application/json.');
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxApiBodyBytes) {
      throw new HttpProblem('body-too-large', `The body may have ${maxApiBodyBytes} bytes.`, { Connection: 'close' });
    }
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new HttpProblem('bad-body', 'The body is not JSON.');
  }
}
