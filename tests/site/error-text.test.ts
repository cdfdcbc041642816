import { expect, test } from 'vitest';
import { searchText } from '../../src/components/error-text.ts';

test.each([
  ['the message of a JSON-RPC error', '{"error":{"code":-32001,"message":"Session not found"}}', 'Session not found'],
  ['its first sentence', '{ "message" : "Session not found. Open a new one." }', 'Session not found'],
  ['nothing that is quoted in it', String.raw`{"message":"Invalid \"id\" given"}`, 'Invalid given'],
  ['nothing after a colon', '{"message":"Header mismatch: Mcp-Method is missing. Send it."}', 'Header mismatch'],
  [
    'but all of it where a status stands before the colon',
    '{"message":"Bad Request: Server not initialized"}',
    'Bad Request: Server not initialized',
  ],
  ['no numbers but statuses', 'A session may have 64 of 10000, or 429', 'A session may have of , or 429'],
  ['dates and codes as they are', 'in 2026-07-28 -32020 is new in 1.2', 'in 2026-07-28 -32020 is new in 1.2'],
  ['names in words', 'answer an input_required result', 'answer an input required result'],
  ['the message inside of another', 'Error POSTing to endpoint: {"error":{"message":"Not here"}}', 'Not here'],
  ['no names of exceptions', 'mcp.shared.exceptions.McpError: Session terminated', 'Session terminated'],
  ['none of several', 'Error: McpError: Session terminated', 'Session terminated'],
  ['plain words as they are', 'Bad Request: Missing session ID', 'Bad Request: Missing session ID'],
])('%s', (_, pasted, expected) => {
  expect(searchText(pasted)).toBe(expected);
});
