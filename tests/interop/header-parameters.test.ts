import { expect, test } from 'vitest';
import { fixtures } from '../conformance/fixtures/index.ts';
import type { Served } from '../contract/support/serve.ts';
import { serveHandler } from '../mcp/support/eras.ts';
import { connectModern } from './official-clients.ts';

const refusals = ({ traces }: Served) =>
  traces.flatMap(({ event }) => (event.type === 'request-refused' ? [event.rule] : []));

const call = { region: 'Zürich =?base64?x?=', level: 7 };
const answer = 'region Zürich =?base64?x?=, level 7';

test('client 2.x mirrors the parameters of a tool that it has listed into headers', async () => {
  await using server = await serveHandler(fixtures, { traced: true });
  await using client = await connectModern(`http://127.0.0.1:${server.port}/mcp`);
  await client.listTools();
  expect(await client.callTool('test_x_mcp_header', call)).toBe(answer);
  expect(refusals(server)).toEqual([]);
});

test('client 2.x that has not listed the tool is refused once, lists, and calls again', async () => {
  await using server = await serveHandler(fixtures, { traced: true });
  await using client = await connectModern(`http://127.0.0.1:${server.port}/mcp`);
  expect(await client.callTool('test_x_mcp_header', call)).toBe(answer);
  expect(refusals(server)).toEqual(['M6']);
});
