/** Every error the server answers with by itself, in one table, as problem details (RFC 9457). */

import type { ServerResponse } from 'node:http';
import type { Problem } from '../lab/api.ts';

export const problems = {
  'bad-target': { status: 400, title: 'The request target is not a path' },
  'bad-parameter': { status: 400, title: 'A query parameter or header is not allowed' },
  'bad-body': { status: 400, title: 'The body is not what this request needs' },
  'token-missing': { status: 401, title: 'A token is needed' },
  'token-wrong': { status: 401, title: 'This token does not open this lab' },
  'host-not-allowed': { status: 403, title: 'Invalid Host header' },
  'origin-not-allowed': { status: 403, title: 'Invalid Origin header' },
  'not-found': { status: 404, title: 'Not found' },
  'no-such-lab': { status: 404, title: 'There is no such lab' },
  'no-such-process': { status: 404, title: 'There is no such process in this lab' },
  'method-not-allowed': { status: 405, title: 'Method not allowed' },
  'process-is-dead': { status: 409, title: 'The process is dead already' },
  'no-store': { status: 409, title: 'This lab has no store' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'not-json': { status: 415, title: 'The body is not JSON' },
  'too-many-creations': { status: 429, title: 'Too many labs created from this address' },
  'too-many-labs-here': { status: 429, title: 'Too many labs at this address' },
  'too-many-requests': { status: 429, title: 'Too many requests to this lab' },
  'too-many-readers': { status: 429, title: 'Too many readers of this wire log' },
  'internal-error': { status: 500, title: 'Something went wrong in the server' },
  'process-failed': { status: 502, title: 'The process did not answer' },
  'labs-full': { status: 503, title: 'All labs are taken' },
  'lab-did-not-start': { status: 503, title: 'The lab did not start' },
  stopping: { status: 503, title: 'The server is stopping' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemName = keyof typeof problems;

/** Thrown by a handler, answered by the server. */
export class HttpProblem extends Error {
  readonly problem: ProblemName;
  readonly detail: string;
  readonly headers: Readonly<Record<string, string>>;

  /** @param detail one sentence for the reader: what was wrong here, and what would be right */
  constructor(problem: ProblemName, detail: string, headers: Readonly<Record<string, string>> = {}) {
    super(detail);
    this.name = 'HttpProblem';
    this.problem = problem;
    this.detail = detail;
    this.headers = headers;
  }
}

/** Answers with a problem document. Where the answer has begun already, it can only be broken off. */
export function sendProblem(response: ServerResponse, { problem, detail, headers }: HttpProblem): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { status, title } = problems[problem];
  // A tag URI (RFC 4151) names the kind of problem without promising a page at that address.
  const document: Problem = { type: `tag:streamable-http-lab,2026:${problem}`, title, status, detail };
  const body = JSON.stringify(document);
  response.writeHead(status, {
    'Content-Type': 'application/problem+json',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    ...headers,
  });
  response.end(body);
}
