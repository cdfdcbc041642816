import { elicitation, type InputRequest } from '../../../playground-server/transport/index.ts';
import type { Answer, Json } from './answer.ts';
import type { Client, Parts } from './client.ts';
import { capabilitiesKey, modernRequest } from './modern.ts';

/** What a client must declare that can be asked anything. */
export const askable = { elicitation: { form: {}, url: {} }, sampling: { tools: {} }, roots: {} };

/** A form with one string field of this name. */
export const askFor = (name: string, field: Json = { type: 'string' }): InputRequest =>
  elicitation({
    message: `Your ${name}?`,
    requestedSchema: { type: 'object', properties: { [name]: field }, required: [name] },
  });

export const accept = (content: Json) => ({ action: 'accept', content });

export interface RoundParts {
  id?: string | number;
  method?: string;
  /** Over those of the call: `arguments`, `inputResponses`, `requestState` … */
  params?: Record<string, unknown>;
  capabilities?: Json;
  headers?: Parts['headers'];
}

let nextId = 1;

/** One attempt at a call of the tool `t`, or at what `method` and `params` name; resolves to its whole answer. */
export function attempt(client: Client, parts: RoundParts = {}): Promise<Answer> {
  const { id = nextId++, method = 'tools/call', params = {}, capabilities = askable, headers } = parts;
  const target = method === 'resources/read' ? { uri: 'test://r' } : { name: 't' };
  const meta = { [capabilitiesKey]: capabilities };
  return client.send(modernRequest(method, { id, params: { ...target, ...params }, meta, headers }));
}

/** What a client retries with: the answers, and the state as it came. */
export const retryOf = (answer: Answer, inputResponses: Json): Record<string, unknown> => {
  const { requestState } = answer.json.result;
  return { inputResponses, ...(requestState === undefined ? {} : { requestState }) };
};
