/** What a server asks a client: as requests in the handshake era, as input-required results in the modern one. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fixtures } from '../conformance/fixtures/index.ts';
import type { Served } from '../contract/support/serve.ts';
import { serveHandler } from '../mcp/support/eras.ts';
import { servePlayground } from '../mcp/support/playground.ts';
import { allClients, connectModern } from './official-clients.ts';

let playground: Served;
let fixture: Served;
beforeAll(async () => {
  playground = await servePlayground();
  fixture = await serveHandler(fixtures);
});
afterAll(async () => {
  await playground[Symbol.asyncDispose]();
  await fixture[Symbol.asyncDispose]();
});

const endpointOf = ({ port }: Served) => `http://127.0.0.1:${port}/mcp`;

describe.each(allClients)('%s', (name, connect) => {
  test('answers an elicitation', async () => {
    await using client = await connect(endpointOf(playground), {
      elicitation: (message) => ({ answer: `${message} Blue` }),
    });
    expect(await client.callTool('ask', { question: 'Which colour?' })).toBe('The user answered: Which colour? Blue');
    expect(client.errors).toEqual([]);
  });

  test('declines an elicitation', async () => {
    await using client = await connect(endpointOf(playground), { elicitation: () => undefined });
    expect(await client.callTool('ask')).toBe('The user declined to answer');
  });

  test('answers a sampling request', async () => {
    await using client = await connect(endpointOf(playground), { sampling: 'Blue' });
    expect(await client.callTool('think', { prompt: 'A colour' })).toBe('test-model wrote: Blue');
  });

  test('lists its roots', async () => {
    await using client = await connect(endpointOf(fixture), { roots: ['file:///a', 'file:///b'] });
    const roots = await client.callTool('test_input_required_result_list_roots');
    expect(roots).toBe('Roots: file:///a, file:///b');
  });

  test('answers three questions at once', async () => {
    await using client = await connect(endpointOf(fixture), {
      elicitation: () => ({ name: 'Alice' }),
      sampling: 'Good day',
      roots: ['file:///a'],
    });
    expect(await client.callTool('test_input_required_result_multiple_inputs')).toBe('Alice: Good day (1 roots)');
  });

  test('answers one question after the other', async () => {
    await using client = await connect(endpointOf(fixture), {
      elicitation: (message): Record<string, string> =>
        message.startsWith('Step 1') ? { name: 'Alice' } : { color: 'blue' },
    });
    expect(await client.callTool('test_input_required_result_multi_round')).toBe('Alice likes blue');
  });

  test('answers a question for a prompt', async () => {
    await using client = await connect(endpointOf(fixture), { elicitation: () => ({ context: 'tests' }) });
    expect(await client.getPrompt('test_input_required_result_prompt')).toBe('It is about: tests');
  });

  test('is told that it declared no elicitation', async () => {
    await using client = await connect(endpointOf(playground));
    const modern = name.includes('modern');
    await expect(client.callTool('ask')).rejects.toMatchObject({
      message: expect.stringContaining('elicitation'),
      ...(modern && { code: -32021 }),
    });
  });
});

test('client 2.x brings the state back in the next round, in the modern era', async () => {
  await using client = await connectModern(endpointOf(fixture), { elicitation: () => ({ ok: true }) });
  expect(await client.callTool('test_input_required_result_request_state')).toBe('state-ok');
});
