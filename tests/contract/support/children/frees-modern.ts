/**
 * Sends modern requests and opens and leaves listening streams by the thousand, straight at the core, and weighs the heap
 * before and after: calls that answer, notify, fail, ask and are left, and streams that were told something.
 *
 * Arguments: how many calls, and how many streams. Prints what `weighRounds` does.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { elicitation, RpcError, StreamableHttpTransport } from '../../../../playground-server/transport/index.ts';
import { heldMethod, testHandler } from '../handler.ts';
import { MemoryExchange } from '../memory-exchange.ts';
import { capabilitiesKey, modernRequest } from '../modern.ts';
import { weighRounds } from './weigh.ts';

const [calls, streams] = [Number(process.argv[2]), Number(process.argv[3])];
const filler = 'x'.repeat(2000);
const held = heldMethod();
const question = elicitation({
  message: 'Who?',
  requestedSchema: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] },
});
const handler = testHandler({
  held: held.method,
  notify: (params, context) => {
    for (let i = 0; i < 3; i++) context.notify('notifications/progress', { filler: `${filler}${params.n}` });
    return { filler: `${filler}${params.n}` };
  },
  fail: (params) => {
    throw new RpcError(-32000, `${filler}${params.n}`);
  },
  'tools/call': async (params, context) => {
    const { who } = await context.ask({ who: question }, { state: `${filler}${params.n}` });
    return { content: [], who: who ?? null };
  },
});
handler.describe = () => ({
  serverInfo: { name: 'contract', version: '1' },
  capabilities: { tools: { listChanged: true }, resources: { subscribe: true } },
});
const transport = new StreamableHttpTransport({ handler, maxListenStreams: streams });
const seen = { completed: 0, listening: 0 };

function send(method: string, params: Record<string, unknown>): MemoryExchange {
  const { headers, body } = modernRequest(method, { params, meta: { [capabilitiesKey]: { elicitation: {} } } });
  const exchange = new MemoryExchange('POST', headers as Record<string, string>, body as object);
  transport.handle(exchange);
  return exchange;
}

async function call(n: number): Promise<void> {
  const left = send('held', { n });
  left.disconnect();
  const exchanges = [send('echo', { n }), send('notify', { n }), send('fail', { n })];
  const asking = send('tools/call', { n, name: 'ask', arguments: {} });
  while (!asking.ended) await nextTurn();
  const { inputRequests, requestState } = JSON.parse(asking.body).result;
  if (!('who' in inputRequests)) throw new Error('It did not ask');
  const inputResponses = { who: { action: 'accept', content: { name: 'n' } } };
  exchanges.push(send('tools/call', { n, name: 'ask', arguments: {}, requestState, inputResponses }));
  while (!exchanges.every(({ ended }) => ended)) await nextTurn();
  if (exchanges[3]?.body.includes('"complete"')) seen.completed++;
}

await weighRounds(async () => {
  for (let n = 0; n < calls / 5; n++) await call(n);
  const notifications = { toolsListChanged: true, resourceSubscriptions: ['test://a'] };
  const open = Array.from({ length: streams }, () => send('subscriptions/listen', { notifications }));
  transport.broadcast('notifications/tools/list_changed');
  transport.broadcast('notifications/resources/updated', { uri: 'test://a' });
  for (const stream of open) {
    if (stream.body.split('\n\n').length === 4) seen.listening++;
    stream.disconnect();
  }
  for (const remembered of [held.calls, handler.requests, handler.notifications]) remembered.length = 0;
  await nextTurn();
});
const expected = { completed: (2 * calls) / 5, listening: 2 * streams };
if (JSON.stringify(seen) !== JSON.stringify(expected)) throw new Error(`Seen: ${JSON.stringify(seen)}`);
