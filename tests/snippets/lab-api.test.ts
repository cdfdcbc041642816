import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningServer, startServer } from '../setup/server.ts';
import { recorded, runSnippet, type Values } from './run-snippet.ts';

const topic = 'lab-api';
let server: RunningServer;
let values: Values;

beforeAll(async () => {
  // What the page shows is what an address may have.
  server = await startServer({ env: { LABS_PER_ADDRESS: '2', LAB_CREATIONS_PER_MINUTE: '10', LABS_MAX: '4' } });
  values = { endpoint: `${server.origin}/mcp`, origin: server.origin };
});
afterAll(async () => {
  await server?.stop();
});

/** Leaves out what no two labs share. */
const normalise = (output: string): string =>
  output
    .trimEnd()
    .replaceAll(/http:\/\/[^/"`\s]+/g, 'http://HOST')
    .replaceAll(/[\w-]{22}(?=["/])/g, 'ID')
    .replaceAll(/"(pid|heapBytes|atMs)":[\d.]+/g, '"$1":0')
    .replaceAll(/\bpid \d+/g, 'pid 0')
    .replaceAll(/\*\*[\d.]+ s\*\*/g, '**0 s**')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    // Which of two processes is up first is their own affair.
    .replaceAll(/("process":|\*\* )"?p[12]"?(?=,"pid":0\}\}| started)/g, '$1pN');

const matchesThePage = (name: string, output: string): void =>
  expect(normalise(output)).toBe(
    normalise(recorded(`${topic}/${name}`, output.replaceAll(new URL(server.origin).host, 'localhost:4321'))),
  );

test('every command of the page, in its order, on one lab', async () => {
  const run = async (name: string): Promise<string> => {
    const output = await runSnippet(name, values);
    matchesThePage(name.slice(topic.length + 1, -'.sh'.length), output);
    return output;
  };
  const { deployments } = JSON.parse(await run(`${topic}/deployments.sh`)) as { deployments: { id: string }[] };
  expect(deployments.map(({ id }) => id)).toContain('forked');

  const created = JSON.parse(await run(`${topic}/create.sh`)) as { id: string; token: string };
  process.env.LAB = `${server.origin}/api/labs/${created.id}`;
  process.env.TOKEN = created.token;

  expect(JSON.parse(await run(`${topic}/state.sh`))).toMatchObject({ id: created.id, connection: 'fresh' });
  expect(JSON.parse(await run(`${topic}/change.sh`))).toMatchObject({ connection: 'kept' });
  expect(await run(`${topic}/emit.sh`)).toContain('list_changed');
  expect(JSON.parse(await run(`${topic}/fault.sh`))).toMatchObject({ faults: { delayMs: 200 } });
  expect(await run(`${topic}/wire.sh`)).toMatch(/^retry: 1000\n\nid: 1\n/);
  expect(JSON.parse(await run(`${topic}/poll.sh`))).toMatchObject({ lastId: 6, ended: false });
  expect(await run(`${topic}/export.sh`)).toMatch(/^# What happened on the wire\n/);
  expect(JSON.parse(await run(`${topic}/refused.sh`))).toMatchObject({ status: 400 });
  expect(JSON.parse(await run(`${topic}/kill.sh`))).toMatchObject({ process: 'p2' });
  expect(await run(`${topic}/end.sh`)).toBe('204\n');
});

test('the first command leaves the address and the token behind, as the page says', async () => {
  const output = await runSnippet(`${topic}/create.sh`, values);
  const { id, token } = JSON.parse(output) as { id: string; token: string };
  const response = await fetch(`${server.origin}/api/labs/${id}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${token}` },
  });
  expect(response.status).toBe(204);
});
