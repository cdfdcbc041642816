/** The labs API: what may be asked of it, and how it refuses. tests/site/reference-lab-api.test.ts holds it to the code. */

export interface ApiProblem {
  /** The last part of `type`. */
  name: string;
  status: number;
  title: string;
  /** When, where the title does not say it. Prose with code in backticks. */
  when: string;
}

const problem = (name: string, status: number, title: string, when: string): ApiProblem => ({
  name,
  status,
  title,
  when,
});

/** Every refusal of the API. */
export const apiProblems: readonly ApiProblem[] = [
  problem('bad-target', 400, 'The request target is not a path', 'The first line of the request is unusable.'),
  problem(
    'bad-parameter',
    400,
    'A query parameter or header is not allowed',
    '`detail` names it, and what is allowed.',
  ),
  problem('bad-body', 400, 'The body is not what this request needs', '`detail` says what to send.'),
  problem('token-missing', 401, 'A token is needed', 'Send `Authorization: Bearer` with it.'),
  problem('token-wrong', 401, 'This token does not open this lab', 'A token opens the lab it came with.'),
  problem('host-not-allowed', 403, 'Invalid Host header', 'As after DNS rebinding.'),
  problem('origin-not-allowed', 403, 'Invalid Origin header', 'A page of another origin asked.'),
  problem('not-found', 404, 'Not found', 'There is no such address.'),
  problem('no-such-lab', 404, 'There is no such lab', 'It never was, or it has ended.'),
  problem('no-such-process', 404, 'There is no such process in this lab', '`detail` names those there are.'),
  problem('method-not-allowed', 405, 'Method not allowed', '`Allow` says which are.'),
  problem('process-is-dead', 409, 'The process is dead already', 'Its successor is on its way.'),
  problem('no-store', 409, 'This lab has no store', 'The fault `store-down` needs processes that share one.'),
  problem('body-too-large', 413, 'The body is too large', 'The API takes 16 kB.'),
  problem('not-json', 415, 'The body is not JSON', 'Send `Content-Type: application/json`.'),
  problem('too-many-creations', 429, 'Too many labs created from this address', 'Wait for `Retry-After`.'),
  problem('too-many-labs-here', 429, 'Too many labs at this address', 'End one.'),
  problem(
    'too-many-requests',
    429,
    'Too many requests to this lab',
    'MCP requests and API calls together, in a second.',
  ),
  problem('too-many-readers', 429, 'Too many readers of this wire log', 'Close one.'),
  problem('internal-error', 500, 'Something went wrong in the server', 'Its log says what.'),
  problem('process-failed', 502, 'The process did not answer', 'An MCP request met a process that died. Try again.'),
  problem('labs-full', 503, 'All labs are taken', 'Wait for `Retry-After`.'),
  problem('lab-did-not-start', 503, 'The lab did not start', 'Its processes failed to. Try again.'),
  problem('stopping', 503, 'The server is stopping', 'Try again in a few seconds.'),
];
