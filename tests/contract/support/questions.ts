import { AskError } from '../../../playground-server/transport/index.ts';
import type { Answer, Json } from './answer.ts';
import type { ClientSession } from './client.ts';
import { type TestHandler, testHandler } from './handler.ts';

/** Over the default parameters of `initialize`: a client that can be asked everything. */
export const canAll = { capabilities: { roots: {}, sampling: { tools: {} }, elicitation: { form: {}, url: {} } } };

/**
 * A handler whose method `ask` sends the client a request: `method` (`ping` where it is not given), within `timeoutMs`.
 * It answers `{ given }`, or `{ failed }` with what the handler was told.
 */
export function askingHandler(): TestHandler {
  return testHandler({
    ask: async ({ method = 'ping', timeoutMs }, context) => {
      const options = typeof timeoutMs === 'number' ? { timeoutMs } : {};
      try {
        return { given: await context.request(String(method), { of: 'ask' }, options) };
      } catch (error) {
        return { failed: asJson(error) };
      }
    },
  });
}

/** What a handler is told of a question without an answer. */
export function asJson(error: unknown): Json {
  if (!(error instanceof AskError)) throw error;
  const { reason, code, message, data } = error;
  return { reason, code, message, ...(data === undefined ? {} : { data }) };
}

/** The first request of the server on this stream. */
export async function question(answer: Answer): Promise<Json> {
  const isQuestion = (message: Json) => message.method !== undefined && message.id !== undefined;
  await answer.until('a question', ({ messages }) => messages.some(isQuestion));
  return answer.messages.find(isQuestion);
}

/** Answers a question: with a result, or with an error. */
export function respond(session: ClientSession, id: Json, result: Json, error?: Json): Promise<Answer> {
  return session.send({ body: { jsonrpc: '2.0', id, ...(error === undefined ? { result } : { error }) } });
}

/** What the `ask` of an `askingHandler` was told, as its answer says. */
export function failureOf(answer: Answer): Json {
  return answer.messages.at(-1).result.failed;
}
