/** Every entry of the table of errors, provoked for real: none is dead, and each is answered as the table says. */
import { expect, test } from 'vitest';
import {
  AskError,
  type ErrorEntry,
  type ErrorName,
  errors,
  RpcError,
} from '../../playground-server/transport/index.ts';
import { heldMethod, testHandler } from './support/handler.ts';
import { provocations } from './support/provocations.ts';
import { serve } from './support/serve.ts';
import { inOneProcess } from './support/store.ts';

const handler = testHandler({
  held: heldMethod().method,
  fails: () => {
    throw new Error('its text stays inside');
  },
});

/** The message of an entry as a pattern: whatever is filled into its braces must be there. */
function pattern(entry: ErrorEntry): RegExp {
  const parts = entry.message.split(/\{\w+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.+')}$`);
}

test('no entry of the table is left out', () => {
  expect(Object.keys(provocations).sort()).toEqual(Object.keys(errors).sort());
});

/** Each instance counts for itself, or its store and its end are those of a test in one process. */
const inOneProcessAlone = new Set<ErrorName>([
  'duplicateRequestId',
  'tooManyInFlight',
  'tooManyStreams',
  'replacedTooOften',
  'tooManyListening',
  'tooManyListeningOfPrincipal',
  'instanceDied',
  'storeUnreachable',
  'unexpected',
  // The trace quotes the name that the stream really has.
  'nothingToResume',
]);
const names = (Object.keys(errors) as ErrorName[]).filter((name) => inOneProcess || !inOneProcessAlone.has(name));

test.each(names)('[G6] %s is answered as the table of errors says', async (name) => {
  const entry: ErrorEntry = errors[name];
  const { options = {}, id, letIn, onStream, provoke } = provocations[name];
  await using server = await serve({ handler, traced: true, ...options });
  const answer = await (await provoke(server)).done();
  expect(answer.status).toBe(entry.status);
  expect(answer.headers['content-type']).toBe(onStream ? 'text/event-stream' : 'application/json');
  const { error, ...rest } = onStream ? answer.messages.at(-1) : answer.json;
  expect(rest).toEqual(id === undefined ? { jsonrpc: '2.0' } : { jsonrpc: '2.0', id });
  expect(error).toMatchObject({ code: entry.code, message: expect.stringMatching(pattern(entry)) });
  expect(answer.headers['retry-after']).toBe(entry.retryAfterSeconds?.toString());
  expect(answer.headers.allow).toBe(entry.allow);
  if (entry.closesConnection) expect(answer.headers.connection).toBe('close');
  expect(answer.headers['mcp-session-id']).toBeUndefined();
  const { rule, status } = entry;
  const refusals = server.traces.map(({ event }) => event).filter(({ type }) => type === 'request-refused');
  expect(refusals).toEqual(letIn ? [] : [{ type: 'request-refused', rule, status, message: error.message }]);
});

test('[G4] [E2] [S4] [R1] a 405 names the verbs that would be served', () => {
  const allowed = Object.values(errors).flatMap((entry: ErrorEntry) => (entry.status === 405 ? [entry.allow] : []));
  expect(allowed.sort()).toEqual(['GET, POST, DELETE', 'POST', 'POST', 'POST, DELETE']);
});

test('[P14] [C4] an error of a handler names its class, wherever it is printed', () => {
  expect(String(new RpcError(-32602, 'Unknown tool'))).toBe('RpcError: Unknown tool');
  expect(String(new AskError('timed-out', -32000, 'Nobody answered'))).toBe('AskError: Nobody answered');
});
