/**
 * Calls a stateless server by the thousand, straight at the core, and weighs the heap before and after: requests that
 * are answered at once and later, a batch, and clients that left before their answer.
 *
 * Argument: how many of each. Prints what `weighRounds` does.
 */
import { StreamableHttpTransport } from '../../../../playground-server/transport/index.ts';
import { heldMethod, testHandler } from '../handler.ts';
import { MemoryExchange } from '../memory-exchange.ts';
import { weighRounds } from './weigh.ts';

const calls = Number(process.argv[2]);
const filler = 'x'.repeat(2000);
const held = heldMethod();
const handler = testHandler({
  held: held.method,
  fill: (_, context) => {
    context.notify('notifications/progress', { filler });
    return { filler };
  },
});
const transport = new StreamableHttpTransport({ handler, stateless: true });

function post(message: object): MemoryExchange {
  const exchange = new MemoryExchange('POST', {}, message);
  transport.handle(exchange);
  return exchange;
}

await weighRounds(async () => {
  const request = (id: number, method: string) => ({ jsonrpc: '2.0', id, method });
  for (let i = 0; i < calls; i++) {
    post(request(1, 'fill'));
    post([request(1, 'fill'), request(2, 'fill')]);
    post(request(1, 'held'));
    post(request(1, 'held')).disconnect();
  }
  for (const call of held.calls) call.answer({ filler });
  for (const remembered of [held.calls, handler.requests]) remembered.length = 0;
});
