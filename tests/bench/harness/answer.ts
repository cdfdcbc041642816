import { request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { takeId } from './load.ts';
import { callAnswer } from './requests.ts';

export interface Answer {
  status: number;
  /** As the server wrote them, without those that Node adds to every response. */
  headers: Record<string, string>;
  body: string;
}

const ofNode = new Set(['date', 'connection', 'keep-alive', 'content-length']);

/** Sends one of the requests of a measure, with an id of its own, and reads the whole answer. */
export async function ask(port: number, request: string, id = takeId()): Promise<Answer> {
  const [head = '', body = ''] = request.replace('{id}', String(id)).split('\r\n\r\n');
  const [, ...lines] = head.split('\r\n');
  const headers = Object.fromEntries(lines.map((line) => line.split(': ', 2) as [string, string]));
  const sent = httpRequest({ port, host: '127.0.0.1', path: '/mcp', method: 'POST', headers, agent: false });
  sent.end(body);
  const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    sent.on('response', resolve).on('error', reject);
  });
  const answered: [string, string][] = [];
  const raw = response.rawHeaders;
  for (let i = 0; i < raw.length; i += 2) answered.push([raw[i] as string, raw[i + 1] as string]);
  return {
    status: response.statusCode ?? 0,
    headers: Object.fromEntries(answered.filter(([name]) => !ofNode.has(name.toLowerCase()))),
    body: await text(response),
  };
}

/** The JSON-RPC message of an answer: the body, or the last event of a stream. */
function messageOf({ body }: Answer): { id: number; result?: Record<string, unknown> } {
  const last = body.startsWith('{')
    ? body
    : body
        .split('\n')
        .findLast((line) => line.startsWith('data: '))
        ?.slice(6);
  return JSON.parse(last ?? 'null');
}

export type Check = (answer: Answer, id: number | undefined) => void;

/**
 * Holds an answer to what a call must answer.
 * @param id of the request; `undefined` for a floor, which repeats what it was given
 * @throws when it is anything else
 */
export const isCallAnswer: Check = (answer, id) => {
  const message = messageOf(answer);
  const right = answer.status === 200 && (id === undefined || message.id === id);
  if (right && JSON.stringify(message.result?.content) === callAnswer) return;
  throw new Error(`The answer is not that of the call: ${answer.status} ${answer.body}`);
};

/** The same for `initialize`, which also gives a session. */
export const isOpening: Check = (answer, id) => {
  const message = messageOf(answer);
  const right = answer.status === 200 && (id === undefined || message.id === id) && sessionOf(answer) !== undefined;
  if (right && message.result?.protocolVersion === '2025-11-25') return;
  throw new Error(`The answer is not that of initialize: ${answer.status} ${answer.body}`);
};

export function sessionOf({ headers }: Answer): string | undefined {
  return Object.entries(headers).find(([name]) => name.toLowerCase() === 'mcp-session-id')?.[1];
}
