/**
 * Opens, uses and ends sessions by the thousand, straight at the core, and weighs the heap before and after: requests,
 * a batch, a standalone stream, questions answered and not, a subscription, what handlers keep, a stream taken up again.
 *
 * Arguments: how many, and whether they end by `DELETE` or by `expiry`. Prints what `weighRounds` does.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { StreamableHttpTransport } from '../../../../playground-server/transport/index.ts';
import { initializeRequest } from '../client.ts';
import { heldMethod, testHandler } from '../handler.ts';
import { MemoryExchange } from '../memory-exchange.ts';
import { weighRounds } from './weigh.ts';

const [sessions, endedBy] = [Number(process.argv[2]), process.argv[3]];
const filler = 'x'.repeat(2000);
const held = heldMethod();
const asked = { answered: 0, failed: 0 };
const handler = testHandler({
  held: held.method,
  fill: (_, context) => {
    const own = `${filler}${context.session.id}`;
    context.notify('notifications/progress', { filler });
    context.session.notify('notifications/message', { filler: own });
    context.session.set('note', own);
    context.session.subscribe(`file:///${own}`);
    return { filler: own };
  },
  ask: async (_, context) => {
    await context.request('elicitation/create', { message: filler }).then(
      () => asked.answered++,
      () => asked.failed++,
    );
    return {};
  },
});
const transport = new StreamableHttpTransport({
  handler,
  ...(endedBy === 'expiry' ? { sessionIdleTimeoutMs: 150 } : {}),
});

/** One session, from `initialize` on, with all that one can hold. Every other one speaks the revision that has batches. */
async function use(i: number): Promise<void> {
  const version = i % 2 ? '2025-03-26' : '2025-11-25';
  const opening = new MemoryExchange(
    'POST',
    {},
    initializeRequest({ protocolVersion: version, capabilities: { elicitation: {} } }),
  );
  transport.handle(opening);
  const headers = { 'mcp-session-id': opening.answerHeaders['mcp-session-id'] as string };
  const post = (message: object) => {
    const exchange = new MemoryExchange('POST', headers, message);
    transport.handle(exchange);
    return exchange;
  };
  const request = (id: number, method: string) => ({ jsonrpc: '2.0', id, method });
  post({ jsonrpc: '2.0', method: 'notifications/initialized' });
  const get = new MemoryExchange('GET', headers);
  transport.handle(get);
  post(request(1, 'fill'));
  if (version === '2025-03-26') post([request(2, 'fill'), request(3, 'fill')]);
  transport.handle(new MemoryExchange('GET', { ...headers, 'last-event-id': '1.0' }));
  const asking = post(request(4, 'ask'));
  await nextTurn();
  const id = /"id":"([0-9a-f]{16}\.\d+)"/.exec(asking.body)?.[1];
  post({ jsonrpc: '2.0', id, result: { action: 'decline' } });
  if (endedBy === 'DELETE') {
    // Never answered: the session ends under them, with an open stream.
    post(request(5, 'held'));
    post(request(6, 'ask'));
    transport.handle(new MemoryExchange('DELETE', headers));
  } else get.disconnect();
}

await weighRounds(async () => {
  for (let i = 0; i < sessions; i++) await use(i);
  while (transport.inspect().sessions.length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  for (const remembered of [held.calls, handler.requests, handler.notifications]) remembered.length = 0;
  await nextTurn();
});
// A machine that is slow now and then lets a session expire while it is used: that must stay the exception.
const failed = endedBy === 'DELETE' ? 2 * sessions : 0;
if (asked.answered < 1.9 * sessions || asked.failed < failed) throw new Error(`Asked: ${JSON.stringify(asked)}`);
