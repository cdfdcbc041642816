/**
 * What each deployment does, tried: the table of the page "Choose a deployment". `RECORD=1` writes what was seen; else
 * what is committed must be seen again.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DeploymentId, deployments } from '../../playground-server/lab/deployments.ts';
import type { JsonObject } from '../../playground-server/transport/json-rpc.ts';
import { HandshakeSession, type Outcome, WireClient } from '../../playground-server/wire-client/index.ts';
import { ModernClient, ModernSession } from '../../playground-server/wire-client/modern.ts';
import { until } from '../setup/until.ts';
import { type LocalServer, localServer, TestLab } from './local-server.ts';

/** What was seen of one deployment: `yes`, `no`, or how much of it. */
interface Row {
  calls: string;
  heard: string;
  answered: string;
  resumed: string;
  survives: string;
  modernHeard: string;
  modernAnswered: string;
}

const file = fileURLToPath(new URL('../../content/measurements/deployments.json', import.meta.url));
const committed = JSON.parse(readFileSync(file, 'utf8')) as { rows: Record<DeploymentId, Row> };

let server: LocalServer;
beforeAll(async () => {
  server = await localServer({ config: { labsMax: 10 } });
});
afterAll(async () => {
  await server.stop();
  if (process.env.RECORD === '1') writeFileSync(file, `${JSON.stringify(committed, null, 2)}\n`);
});

const clientInfo = { name: 'test', version: '1' };
const capabilities: JsonObject = { elicitation: {} };
const accept = () => ({ action: 'accept', content: { answer: 'Ada' } });
const statusOf = (outcome: Outcome): number => ('status' in outcome ? outcome.status : 0);

const clientOf = ({ endpoint }: TestLab): WireClient => new WireClient({ endpoint, clientInfo, capabilities });
const modernOf = ({ endpoint }: TestLab): ModernClient => new ModernClient({ endpoint, clientInfo, capabilities });
const whoami = (client: WireClient): Promise<Outcome> =>
  client.request('tools/call', { name: 'whoami', arguments: {} });

/** A call for each process of the lab: the router takes them in turn where it has nothing else to go by. */
const round = [1, 2, 3, 4];

/** How much of it: a fraction of one round. */
const share = (seen: number): string =>
  seen === round.length ? 'yes' : seen === 0 ? 'no' : `${seen} in ${round.length}`;

/** How many calls of a session find it: in every session, or in some always and in others never. */
async function calls(lab: TestLab): Promise<string> {
  const found: number[] = [];
  const both = () => found.includes(0) && found.includes(round.length);
  const some = () => found.some((count) => count !== 0 && count !== round.length);
  while (!both() && !some() && found.length < 12 + 40 * Number(found.includes(0))) {
    const client = clientOf(lab);
    await client.open();
    let calls = 0;
    for (const _ of round) calls += Number(statusOf(await whoami(client)) === 200);
    found.push(calls);
  }
  return both() ? 'all, or none' : share(found[0] ?? 0);
}

/** Waits until the lab has had nothing to tell for a while: what goes by a bus arrives when it arrives. */
async function quiet(lab: TestLab): Promise<void> {
  let last = -1;
  await until('nothing more to happen', async () => {
    const { events } = await lab.poll(Math.max(0, last), 300);
    const before = last;
    last = events.at(-1)?.id ?? last;
    return last === before;
  });
}

/** How many changes, one announced in each process, come on a stream that is open in one. */
async function changesOn(
  lab: TestLab,
  listen: (heard: (data: string) => void, signal: AbortSignal) => Promise<Outcome>,
) {
  const stop = new AbortController();
  let changes = 0;
  let isOpen = false;
  const ended = listen((data) => {
    isOpen = true;
    if (data.includes('notifications/tools/list_changed')) changes += 1;
  }, stop.signal);
  await Promise.race([ended, until('the stream to be open', () => isOpen)]);
  for (const _ of round) await modernOf(lab).request('tools/call', { name: 'announce', arguments: {} });
  await quiet(lab);
  stop.abort();
  await ended;
  return share(changes);
}

async function heard(lab: TestLab): Promise<string> {
  const client = clientOf(lab);
  await client.open();
  return changesOn(lab, (onData, signal) => {
    return client.listen({
      signal,
      onHead: ({ status }) => status === 200 && onData(''),
      onFrame: ({ data }) => onData(data ?? ''),
    });
  });
}

async function modernHeard(lab: TestLab): Promise<string> {
  return changesOn(lab, (onData, signal) => {
    return modernOf(lab).listen({ toolsListChanged: true }, { signal, onFrame: ({ data }) => onData(data ?? '') });
  });
}

async function answered(lab: TestLab): Promise<string> {
  const client = clientOf(lab);
  await client.open();
  const session = new HandshakeSession(client, accept);
  let answers = 0;
  for (const _ of round) {
    const { kind } = await session.request('tools/call', { name: 'ask', arguments: {} });
    answers += Number(kind === 'result');
  }
  return share(answers);
}

async function modernAnswered(lab: TestLab): Promise<string> {
  const session = new ModernSession(modernOf(lab), accept);
  let answers = 0;
  for (const _ of round) {
    const { kind } = await session.request('tools/call', { name: 'ask', arguments: {} });
    answers += Number(kind === 'result');
  }
  return share(answers);
}

/** Whether the rest of a call comes, after its connection broke off. */
async function resumed(lab: TestLab): Promise<string> {
  const client = clientOf(lab);
  await client.open();
  let lastEventId: string | undefined;
  let rest = '';
  const onFrame = ({ id, data }: { id?: string; data?: string }) => {
    lastEventId = id ?? lastEventId;
    rest += data ?? '';
  };
  const call = { name: 'hang_up', arguments: { afterEvents: 2 }, _meta: { progressToken: 'p' } };
  const { kind } = await client.request('tools/call', call, { onFrame });
  if (kind !== 'no-response' || lastEventId === undefined) return 'no';
  await client.listen({ lastEventId, onFrame });
  return rest.includes('"result"') ? 'yes' : 'no';
}

/** How many calls find the session once the process that opened it was killed, and replaced. */
async function survives(lab: TestLab): Promise<string> {
  const client = clientOf(lab);
  await client.open();
  await quiet(lab);
  const opened = (await lab.poll()).events.findLast(({ body }) => body.type === 'session-created');
  // Without sessions any of them will do.
  const opener = opened?.actor ?? 'p1';
  await lab.kill(opener, 'SIGKILL');
  await until(`${opener} to be replaced`, async () => {
    const { events } = await lab.poll();
    const died = events.findLast(({ body }) => body.type === 'process-exited' && body.process === opener);
    return events.some(({ id, body }) => died && id > died.id && body.type === 'process-started');
  });
  let found = 0;
  for (const _ of round) found += Number(statusOf(await whoami(client)) === 200);
  return share(found);
}

test.each(deployments.map(({ id }) => id))('%s does what the page says', async (deployment) => {
  await using lab = await TestLab.create(server.origin, { deployment });
  const found = await calls(lab);
  // Where most calls lose their session, so does everything that is built on them.
  const steady = found === 'yes';
  const row: Row = {
    calls: found,
    heard: steady ? await heard(lab) : 'as calls',
    answered: steady ? await answered(lab) : 'as calls',
    resumed: steady ? await resumed(lab) : 'as calls',
    modernHeard: await modernHeard(lab),
    modernAnswered: await modernAnswered(lab),
    survives: await survives(lab),
  };
  if (process.env.RECORD === '1') committed.rows[deployment] = row;
  expect(row).toEqual(committed.rows[deployment]);
});
