import { expect } from 'vitest';
import type { Answer } from './answer.ts';

/** A refusal in full: status, JSON-RPC code, message, and the id or its absence. */
export function expectError(answer: Answer, status: number, code: number, says: RegExp, id?: string | number): void {
  expect(answer.headers['content-type']).toBe('application/json');
  expect(answer.json).toEqual({
    jsonrpc: '2.0',
    ...(id === undefined ? {} : { id }),
    error: { code, message: expect.stringMatching(says) },
  });
  expect(answer.status).toBe(status);
}

/** The answer to a session id that names no live session. */
export function expectMissing(answer: Answer, reason: string): void {
  expect([answer.status, answer.json.error.code, answer.json.error.data]).toEqual([404, -32001, { reason }]);
}
