/** What a visitor does in its session, one at a time. */

import { setTimeout as sleep } from 'node:timers/promises';
import { ReadStream } from '../../contract/support/torture/call.ts';
import type { Random } from '../../contract/support/torture/random.ts';
import { Call, type CallOptions } from './call.ts';
import type { Client } from './client.ts';
import { malformed } from './malformed.ts';
import * as modern from './modern.ts';

type Action = (client: Client, random: Random) => Promise<unknown>;

const call = (client: Client, name: string, args: object = {}, options: CallOptions = {}): Promise<Call> =>
  new Call(client, options).make(name, args);

async function expectText(client: Client, { result, id }: Call, expected: string): Promise<void> {
  const text = result?.content?.[0]?.text;
  if (result && text !== expected) client.fault(`call ${id} was answered ${text} instead of ${expected}`);
}

const whoami: Action = (client) => call(client, 'whoami');

const chatter: Action = async (client, random) => {
  const lines = 5 + random.below(60);
  const { messages, response } = await call(client, 'chatter', { lines });
  const told = messages.filter(({ method }) => method === 'notifications/message').length;
  if (response?.result && client.session && told !== lines) client.fault(`${told} of ${lines} lines came`);
};

const remember: Action = async (client, random) => {
  const value = `${random.below(2 ** 31)}`.repeat(1 + random.below(50));
  const kept = await call(client, 'remember', { key: 'k', value });
  if (!kept.result || kept.result.isError || client.lab.isForgetful) return;
  await expectText(client, await call(client, 'recall', { key: 'k' }), value);
};

/** Broken off on the way, by whoever reads, and taken up again until its result is there. */
const count: Action = async (client, random) => {
  const to = 4 + random.below(8);
  const leaveAfter = 2 + random.below(to - 2);
  const counted = await call(client, 'count', { to, everyMs: 40 + random.below(80) }, { leaveAfter });
  if (!client.session) return;
  await expectText(client, counted, `Counted to ${to}`);
  const steps = counted.messages.flatMap(({ params }) => params?.progress ?? []);
  if (steps.some((step, index) => step !== index + 1)) client.fault(`it counted ${steps}`);
  if (counted.result && steps.length !== to) client.fault(`it counted ${steps} of ${to}`);
};

/** Broken off by whoever answers. */
const hangUp: Action = (client) => call(client, 'hang_up', { afterEvents: 2 });

const ask: Action = async (client) => {
  const result = { action: 'accept', content: { answer: 'me' } };
  const asked = await call(
    client,
    'ask',
    { question: 'Who?' },
    {
      onRequest: ({ id }) => client.tellUntilHeard({ id, result }),
    },
  );
  if (!client.session) return;
  await expectText(client, asked, 'The user answered: me');
  if (asked.result) client.lab.tally.happened('answered');
};

const cancel: Action = async (client) => {
  let told: Promise<boolean> | undefined;
  const onBegin = (requestId: number) => {
    told = client.tellUntilHeard({ method: 'notifications/cancelled', params: { requestId } });
  };
  const { response } = await call(client, 'slow', { ms: 1_500 }, { onBegin });
  if ((await told) && !response) client.lab.tally.happened('cancelled');
};

const subscribe: Action = async (client) => {
  const body = { jsonrpc: '2.0', id: 's', method: 'resources/subscribe', params: { uri: 'lab://clock' } };
  await client.ask({ method: 'POST', body: JSON.stringify(body) }, 200);
};

/** Holds the standalone stream for a while, breaks it off, and goes on where it was. */
const standalone: Action = async (client, random) => {
  const stream = new ReadStream();
  for (const _ of [1, 2]) {
    const left = new AbortController();
    const headers: Record<string, string> = stream.cursor === undefined ? {} : { 'Last-Event-ID': stream.cursor };
    const asked = { method: 'GET', headers, signal: left.signal };
    const held = client.ask({ ...asked, onFrame: (frame) => stream.take(frame) }, client.session ? 200 : 405);
    await Promise.race([held, sleep(500 + random.below(1_500))]);
    left.abort();
    await held;
    if (stream.cursor === undefined) break;
  }
  if (stream.messages.length > 0) client.lab.tally.happened('told');
  for (const fault of stream.faults) client.fault(`standalone: ${fault}`);
};

/** What was refused least comes first, so that a short run sees all of it. */
const refused: Action = async (client) => {
  const { tally } = client.lab;
  const seldom = malformed.toSorted((a, b) => tally.count(a.name) - tally.count(b.name));
  for (const { name, status, stateless, asked } of seldom.slice(0, 3)) {
    const { status: answered } = await client.ask(asked, client.session ? status : (stateless ?? status));
    if (answered === status) tally.happened(name);
  }
};

export const actions: Readonly<Record<string, Action>> = {
  whoami,
  chatter,
  remember,
  count,
  'hang up': hangUp,
  ask,
  cancel,
  subscribe,
  standalone,
  refused,
  'modern whoami': modern.whoami,
  'modern chatter': modern.chatter,
  'modern ask': modern.ask,
  'modern listen': (client) => modern.listen(client, 1_000),
  'modern refused': modern.refused,
};
