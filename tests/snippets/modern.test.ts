import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ModernClient, ModernSession } from '../../playground-server/wire-client/modern.ts';
import type { Outcome } from '../../playground-server/wire-client/outcome.ts';
import { type RunningServer, startServer } from '../setup/server.ts';
import { tempFolder } from '../setup/temp-folder.ts';
import { until } from '../setup/until.ts';
import { startNodeServer } from './node-server.ts';
import { outputsOf } from './page-outputs.ts';
import { runSnippet } from './run-snippet.ts';

const topic = 'modern';
const root = new URL('../../', import.meta.url);
const snippets = new URL(`content/snippets/${topic}/`, root);
let server: RunningServer;

beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => {
  await server?.stop();
});

const matchesThePage = outputsOf(topic);

test('[L4] [I3] two labs by curl: what is lost apart, and carried by a bus and a key', async () => {
  const { origin } = server;
  const output = await runSnippet(`${topic}/two-labs.sh`, { endpoint: `${origin}/mcp`, origin });
  const [, apart, together] = output.split(/^--- \w+\n/m);
  expect(apart).toMatch(
    /^stream 1 heard 1 of 4\nstream 2 heard 1 of 4\n(?:"message":"Invalid requestState[^\n]*\n){2}$/,
  );
  expect(together).toMatch(
    /^stream 1 heard 4 of 4\nstream 2 heard 4 of 4\n"text":"The user answered: Ada"\n"message":"Invalid requestState[^\n]*\n$/,
  );
  matchesThePage('two-labs', output);
});

/** A client whose every request is a connection of its own, so that any of the processes may get it. */
function clientOf(endpoint: string): ModernClient {
  return new ModernClient({
    endpoint,
    clientInfo: { name: 'test', version: '1' },
    capabilities: { elicitation: {} },
    headers: () => ({ connection: 'close' }),
  });
}

const textOf = (outcome: Outcome): string => {
  if (outcome.kind !== 'result') throw new Error(`No result: ${JSON.stringify(outcome)}`);
  return (outcome.result.content as { text: string }[])[0]?.text ?? '';
};

/** The statuses of one answer, sent so often. */
async function answersTo(client: ModernClient, times: number): Promise<unknown[]> {
  const asked = await client.request('tools/call', { name: 'paint' });
  if (asked.kind !== 'result') throw new Error('It does not ask.');
  const answered = {
    name: 'paint',
    requestState: asked.result.requestState as string,
    inputResponses: { colour: { action: 'accept', content: { name: 'green' } } },
  };
  const statuses: unknown[] = [];
  for (let time = 0; time < times; time += 1) {
    const outcome = await client.request('tools/call', answered);
    statuses.push('status' in outcome ? outcome.status : outcome.kind);
  }
  return statuses;
}

/** A copy of the server of the page, without one of its lines. @returns where it is */
async function serverWithout(line: RegExp, folder: string): Promise<string> {
  const code = await readFile(new URL('server.ts', snippets), 'utf8');
  const changed = code.replace(line, '').replaceAll('../../../', fileURLToPath(root));
  expect(changed).not.toMatch(line);
  const file = join(folder, 'server.ts');
  await writeFile(file, changed);
  return file;
}

test('[L4] the server of the page: what any of four processes announces reaches every stream, once', async () => {
  await using folder = await tempFolder();
  await using four = await startNodeServer(`${topic}/server.ts`, { STORE: join(folder.path, 'bus.db') });
  const client = clientOf(four.endpoint);
  const stop = new AbortController();
  const heard = Array.from({ length: 8 }, () => 0);
  let acknowledged = 0;
  const listening = heard.map((_, stream) =>
    client.listen(
      { toolsListChanged: true },
      {
        signal: stop.signal,
        onFrame: ({ data }) => {
          if (data?.includes('subscriptions/acknowledged')) acknowledged += 1;
          if (data?.includes('tools/list_changed')) heard[stream] = (heard[stream] ?? 0) + 1;
        },
      },
    ),
  );
  await until('all streams to be open', () => acknowledged === heard.length);
  // Each of them may be the last to start, and takes its turn then.
  const announcers = new Set<string>();
  let announced = 0;
  await until('all four to have announced something', async () => {
    announcers.add(textOf(await client.request('tools/call', { name: 'announce' })));
    announced += 1;
    return announcers.size === 4;
  });
  await until('every stream to have heard every change', () => heard.every((changes) => changes >= announced));
  // One more, which ends the waiting: had any come twice, it would be there by now.
  await client.request('tools/call', { name: 'announce' });
  await until('the last change', () => heard.every((changes) => changes > announced));
  expect(heard).toEqual(heard.map(() => announced + 1));
  stop.abort();
  await Promise.all(listening);
});

test('[I2] [I3] the server of the page: another process goes on with the answer, and an answer counts once', async () => {
  await using folder = await tempFolder();
  await using four = await startNodeServer(`${topic}/server.ts`, { STORE: join(folder.path, 'bus.db') });
  const client = clientOf(four.endpoint);
  const session = new ModernSession(client, () => ({ action: 'accept', content: { name: 'green' } }));
  const crossed = await until('an answer to have reached another process', async () => {
    const said = textOf(await session.request('tools/call', { name: 'paint' }));
    const [, asker, painter] = /^accept: pid (\d+) asked, pid (\d+) went on$/.exec(said) ?? [];
    expect(painter).toBeDefined();
    return asker !== painter;
  });
  expect(crossed).toBe(true);
  const statuses = await answersTo(client, 6);
  expect(statuses).toEqual([200, 400, 400, 400, 400, 400]);
});

test('without the backplane a stream misses changes, and one answer counts in each process', async () => {
  await using folder = await tempFolder();
  await using four = await startNodeServer(await serverWithout(/^ *backplane:.*$/m, folder.path));
  const client = clientOf(four.endpoint);
  const stop = new AbortController();
  let heard = '';
  const onFrame = ({ data }: { data?: string }) => {
    heard += data ?? '';
  };
  const listening = client.listen({ toolsListChanged: true }, { signal: stop.signal, onFrame });
  await until('the stream to be open', () => heard.includes('subscriptions/acknowledged'));
  let announced = 0;
  await until('more changes to be missed than could be on their way', async () => {
    announced += 1;
    await client.request('tools/call', { name: 'announce' });
    return announced - (heard.split('tools/list_changed').length - 1) > 5;
  });
  stop.abort();
  await listening;
  const countedTwice = async () => (await answersTo(client, 6)).filter((status) => status === 200).length > 1;
  await until('an answer to have counted twice', countedTwice);
});

test('without the keys, an answer that reaches another process is refused', async () => {
  await using folder = await tempFolder();
  const file = await serverWithout(/^ *requestStateKeys:.*$/m, folder.path);
  await using four = await startNodeServer(file, { STORE: join(folder.path, 'bus.db') });
  const session = new ModernSession(clientOf(four.endpoint), () => ({ action: 'accept', content: { name: 'green' } }));
  await until('an answer to be refused', async () => {
    const outcome = await session.request('tools/call', { name: 'paint' });
    return outcome.kind === 'error' && outcome.status === 400 && outcome.error.message.includes('requestState');
  });
});

test('[L4] a clock in each of four processes: whoever listens hears each tick four times', async () => {
  const created = await fetch(`${server.origin}/api/labs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ deployment: 'shared' }),
  });
  const { endpoint } = (await created.json()) as { endpoint: string };
  const stop = new AbortController();
  const ticks: number[] = [];
  const onFrame = ({ data }: { data?: string }) => {
    if (data?.includes('notifications/resources/updated')) ticks.push(performance.now());
  };
  const listening = clientOf(endpoint).listen(
    { resourceSubscriptions: ['lab://clock'] },
    { signal: stop.signal, onFrame },
  );
  await until('four ticks', () => ticks.length >= 4, 10_000);
  // One process alone would need 15 s for so many.
  expect((ticks[3] ?? 0) - (ticks[0] ?? 0)).toBeLessThan(5_000);
  stop.abort();
  await listening;
});
