import { expect, test } from 'vitest';
import { searchText } from '../../src/components/error-text.ts';

test.each([
  ['the message of a JSON-RPC error', '{"error":{"code":-32001,"message":"Session not found"}}', 'Session not found'],
  ['its first sentence', '{ "message" : "Session not found. Open a new one." }', 'Session not found'],
  ['what is escaped in it', String.raw`{"message":"Invalid \"id\" given"}`, String.raw`Invalid \"id\" given`],
  ['the message inside of another', 'Error POSTing to endpoint: {"error":{"message":"Not here"}}', 'Not here'],
  ['no names of exceptions', 'mcp.shared.exceptions.McpError: Session terminated', 'Session terminated'],
  ['none of several', 'Error: McpError: Session terminated', 'Session terminated'],
  ['plain words as they are', 'Bad Request: Missing session ID', 'Bad Request: Missing session ID'],
])('%s', (_, pasted, expected) => {
  expect(searchText(pasted)).toBe(expected);
});
