import { expect, test, vi } from 'vitest';
import { memory, type TransportOptions } from '../../playground-server/transport/index.ts';
import type { Answer, Json } from './support/answer.ts';
import type { Client } from './support/client.ts';
import { type Method, type TestHandler, testHandler } from './support/handler.ts';
import { accept, askFor, attempt, type RoundParts, retryOf } from './support/rounds.ts';
import { serve } from './support/serve.ts';
import { another, store, testInOneProcess } from './support/store.ts';

const key = (fill: number) => new Uint8Array(32).fill(fill);
const ann = { who: accept({ name: 'Ann' }) };

/** Asks who it is, with something to carry; completes with what it carried. */
const asks: Method = async (_, context) => {
  const answers = await context.ask({ who: askFor('name') }, { state: 'a secret' });
  return { ...answers, ...(context.state !== undefined && { state: context.state }) };
};
const askingHandler = (name = 'contract'): TestHandler => ({
  ...testHandler({ 'tools/call': asks, 'prompts/get': asks, 'resources/read': asks }),
  describe: () => ({ serverInfo: { name, version: '1' }, capabilities: {} }),
});

/** Asks with answers that count once, and counts how often they did. */
function onceHandler(): TestHandler & { uses: unknown[] } {
  const uses: unknown[] = [];
  const handler = testHandler({
    'tools/call': async (_, context) => {
      const { who } = await context.ask({ who: askFor('name') }, { once: true });
      const { town } = await context.ask({ town: askFor('town') });
      uses.push(who);
      return { who, town };
    },
  });
  return { ...handler, uses };
}

const asked = async (client: Client, parts: RoundParts = {}): Promise<Answer> => {
  const answer = await attempt(client, parts);
  expect(answer.json.result.resultType).toBe('input_required');
  return answer;
};

/** What a client sees of a state that does not verify. */
const refused = {
  jsonrpc: '2.0',
  id: 'r',
  error: {
    code: -32602,
    message:
      'Invalid requestState: it does not belong to this request, or its time is up. Send the request without it.',
  },
};

async function expectRefused(client: Client, parts: RoundParts): Promise<void> {
  const answer = await attempt(client, { ...parts, id: 'r' });
  expect([answer.status, answer.json]).toEqual([400, refused]);
}

/** The state as it was, but for one change. */
const damaged: [string, (state: string) => unknown][] = [
  ['changed at its end', (state) => state.slice(0, -1) + (state.endsWith('A') ? 'B' : 'A')],
  ['followed by more', (state) => `${state}-TAMPERED`],
  ['padded', (state) => `${state}=`],
  ['cut short', (state) => state.slice(0, -4)],
  ['cut to its key', (state) => state.split('.').slice(0, 2).join('.')],
  ['of another version', (state) => state.replace('v1', 'v2')],
  ['under a key that is not known', (state) => state.replace(/\.[\w-]+\./, '.AAAAAAAA.')],
  ['without a sealed part', (state) => state.replace(/[^.]+$/, '')],
  ['with a sealed part shorter than a nonce', (state) => state.replace(/[^.]+$/, 'AAAA')],
  ['with a fourth part', (state) => `${state}.AAAA`],
  ['empty', () => ''],
  ['no state at all', () => 'hello'],
  ['longer than any', (state) => state + 'A'.repeat(70_000)],
  ['a number', () => 7],
  ['null', () => null],
  ['an object', (state) => ({ state })],
];

test.each(damaged)('[I2] a requestState that is %s: 400, -32602', async (_, change) => {
  await using server = await serve({ handler: askingHandler() });
  const { requestState } = (await asked(server)).json.result;
  await expectRefused(server, { params: { inputResponses: ann, requestState: change(requestState) } });
  expect(server.handler.requests).toHaveLength(1);
});

const call = { arguments: { to: 'Bo', sum: { eur: 5 } } };
const elsewhere: [string, RoundParts][] = [
  ['another method', { method: 'prompts/get' }],
  ['another target', { params: { name: 'u' } }],
  ['other arguments', { params: { arguments: { to: 'Bo', sum: { eur: 50 } } } }],
  ['arguments of another type', { params: { arguments: { to: 'Bo', sum: { eur: '5' } } } }],
  ['no arguments', { params: { arguments: undefined } }],
  ['another parameter besides', { params: { other: true } }],
  ['another principal', { headers: { 'x-user': 'eve' } }],
  ['no principal', { headers: { 'x-user': undefined } }],
];

test.each(elsewhere)('[I2] presented with %s it is refused, in the same words', async (_, change) => {
  const principal: TransportOptions['principal'] = (request) => request.header('x-user') ?? null;
  await using server = await serve({ handler: askingHandler(), principal });
  const own = { headers: { 'x-user': 'ann' }, params: call };
  const retry = retryOf(await asked(server, own), ann);
  await expectRefused(server, {
    ...own,
    ...change,
    params: { ...call, ...retry, ...change.params },
  });
  expect((await attempt(server, { ...own, params: { ...call, ...retry } })).json.result.who).toEqual(ann.who);
});

test('[I2] a state of one resource does not open for another', async () => {
  await using server = await serve({ handler: askingHandler() });
  const retry = retryOf(await asked(server, { method: 'resources/read' }), ann);
  await expectRefused(server, { method: 'resources/read', params: { ...retry, uri: 'test://other' } });
  expect((await attempt(server, { method: 'resources/read', params: retry })).json.result.state).toBe('a secret');
});

test('[I2] a server with the same keys and another name refuses it', async () => {
  const requestStateKeys = [key(1)];
  await using one = await serve({ handler: askingHandler('one'), requestStateKeys });
  await using two = await serve({ handler: askingHandler('two'), requestStateKeys });
  await expectRefused(two, { params: retryOf(await asked(one), ann) });
});

test('[I2] what a retry may change does not matter: the id, _meta, the order of the arguments', async () => {
  await using server = await serve({ handler: askingHandler() });
  const retry = retryOf(await asked(server, { id: 1, params: call, capabilities: { elicitation: {} } }), ann);
  const reordered = { arguments: { sum: { eur: 5 }, to: 'Bo' } };
  const answer = await attempt(server, { id: 2, params: { ...retry, ...reordered } });
  expect(answer.json.result).toMatchObject({ resultType: 'complete', ...ann, state: 'a secret' });
});

testInOneProcess('[I2] its time is requestStateTtlMs, and each round begins it anew', async ({ onTestFinished }) => {
  const now = Date.now;
  onTestFinished(() => {
    Date.now = now;
  });
  await using server = await serve({ handler: askingHandler(), requestStateTtlMs: 5_000 });
  const start = now();
  Date.now = () => start;
  const first = await asked(server);
  Date.now = () => start + 4_999;
  const second = await asked(server, { params: retryOf(first, {}) });
  Date.now = () => start + 5_000;
  await expectRefused(server, { params: retryOf(first, ann) });
  Date.now = () => start + 9_998;
  expect((await attempt(server, { params: retryOf(second, {}) })).json.result.requestState).toBeDefined();
  Date.now = () => start + 9_999;
  await expectRefused(server, { params: retryOf(second, ann) });
});

test('[I2] nobody without the key reads what is in it, and no two states are the same', async () => {
  await using server = await serve({ handler: askingHandler() });
  const states = [];
  for (let i = 0; i < 20; i++) states.push((await asked(server)).json.result.requestState as string);
  expect(new Set(states).size).toBe(20);
  for (const state of states) {
    const bytes = Buffer.from(state.split('.')[2] as string, 'base64url').toString('latin1');
    expect(bytes).not.toMatch(/secret|tools|contract|digest/);
  }
});

test('[I2] a state may come back again and again, where the handler did not ask for single use', async () => {
  await using server = await serve({ handler: askingHandler() });
  const params = retryOf(await asked(server), ann);
  for (let i = 0; i < 3; i++) expect((await attempt(server, { params })).json.result.resultType).toBe('complete');
});

test('[I2] single use: what completed once is refused from then on, on any instance', async () => {
  const [backplane, requestStateKeys] = [store(), [key(1)]];
  const handlers = [onceHandler(), onceHandler()] as const;
  await using one = await serve({ handler: handlers[0], backplane, requestStateKeys });
  await using two = await serve({ handler: handlers[1], backplane: another(backplane), requestStateKeys });
  const first = await asked(one);
  const second = await asked(two, { params: retryOf(first, ann) });
  const town = { town: accept({ town: 'Ulm' }) };
  const last = { params: retryOf(second, town) };
  expect((await attempt(one, last)).json.result).toMatchObject({ resultType: 'complete', ...ann, ...town });
  await expectRefused(one, last);
  await expectRefused(two, last);
  // The state of the round before leads to the same answers: it is used up too.
  await expectRefused(two, { params: retryOf(first, { ...ann, ...town }) });
  expect([...handlers[0].uses, ...handlers[1].uses]).toEqual([ann.who]);
  // A new request is a new question.
  expect((await asked(one)).status).toBe(200);
});

test('[I2] [I5] single use: a retry that is asked again uses nothing up', async () => {
  const handler = onceHandler();
  await using server = await serve({ handler });
  const first = await asked(server);
  for (const useless of [{}, { who: 7 }, null]) {
    const again = await asked(server, { params: retryOf(first, useless) });
    expect(Object.keys(again.json.result.inputRequests)).toEqual(['who']);
  }
  const both = { ...ann, town: accept({ town: 'Ulm' }) };
  expect((await attempt(server, { params: retryOf(first, both) })).json.result.resultType).toBe('complete');
  expect(handler.uses).toHaveLength(1);
});

test('[I2] single use: of retries at the same time one is served', async () => {
  const handler = onceHandler();
  await using server = await serve({ handler });
  const params = retryOf(await asked(server), { ...ann, town: accept({ town: 'Ulm' }) });
  const answers = await Promise.all(Array.from({ length: 8 }, () => attempt(server, { params })));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400, 400, 400, 400, 400]);
  expect(handler.uses).toHaveLength(1);
});

test('[I2] single use: what one client used up is of no concern to another', async () => {
  await using server = await serve({ handler: onceHandler() });
  const both = { ...ann, town: accept({ town: 'Ulm' }) };
  const states = [await asked(server), await asked(server)];
  for (const state of states) {
    const answer = await attempt(server, { params: retryOf(state, both) });
    expect(answer.json.result.resultType).toBe('complete');
  }
});

test('[I2] single use cannot be got round by leaving the state out', async () => {
  const handler = onceHandler();
  await using server = await serve({ handler });
  const inputResponses = { ...ann, town: accept({ town: 'Ulm' }) };
  for (let i = 0; i < 2; i++) {
    const answer = await asked(server, { params: { inputResponses } });
    expect(Object.keys(answer.json.result.inputRequests)).toEqual(['who']);
  }
  expect(handler.uses).toEqual([]);
});

testInOneProcess(
  '[I2] single use: a used state stays used for as long as it could open',
  async ({ onTestFinished }) => {
    const now = Date.now;
    onTestFinished(() => {
      Date.now = now;
    });
    const start = now();
    Date.now = () => start;
    const backplane = memory({ now: () => Date.now() });
    await using server = await serve({ handler: onceHandler(), backplane, requestStateTtlMs: 5_000 });
    const first = await asked(server);
    Date.now = () => start + 1_000;
    const later = await asked(server, { params: retryOf(first, {}) });
    const town = { town: accept({ town: 'Ulm' }) };
    await attempt(server, { params: retryOf(first, { ...ann, ...town }) });
    Date.now = () => start + 5_999;
    await expectRefused(server, { params: retryOf(later, { ...ann, ...town }) });
  },
);

const completes = async (from: Client, on: Client): Promise<boolean> => {
  const params = retryOf(await asked(from), ann);
  const answer = await attempt(on, { id: 'r', params });
  if (answer.status !== 200) expect([answer.status, answer.json]).toEqual([400, refused]);
  return answer.status === 200 && answer.json.result.state === 'a secret';
};

test('[I3] it opens on every instance that shares the keys, without a store between them, and on no other', async () => {
  const handler = askingHandler();
  await using one = await serve({ handler, requestStateKeys: [key(1)] });
  await using two = await serve({ handler, requestStateKeys: [key(1)] });
  await using other = await serve({ handler, requestStateKeys: [key(2)] });
  await using random = await serve({ handler });
  const instances = [one, two, other, random];
  const opens = [];
  for (const from of instances) {
    const row = [];
    for (const on of instances) row.push(await completes(from, on));
    opens.push(row);
  }
  expect(opens).toEqual([
    [true, true, false, false],
    [true, true, false, false],
    [false, false, true, false],
    [false, false, false, true],
  ]);
});

test('[I3] keys rotate: the first seals, all open', async () => {
  const handler = askingHandler();
  await using before = await serve({ handler, requestStateKeys: [key(1)] });
  await using between = await serve({ handler, requestStateKeys: [key(2), key(1)] });
  await using after = await serve({ handler, requestStateKeys: [key(2)] });
  expect(await completes(before, between)).toBe(true);
  expect(await completes(before, after)).toBe(false);
  expect(await completes(between, after)).toBe(true);
  expect(await completes(between, before)).toBe(false);
});

testInOneProcess('[X3] without crypto.subtle, as on plain-HTTP pages, questions work that need no state', async () => {
  const full = globalThis.crypto;
  vi.stubGlobal('crypto', { getRandomValues: (bytes: Uint8Array<ArrayBuffer>) => full.getRandomValues(bytes) });
  try {
    const handler = testHandler({
      'tools/call': async (params, context) => context.ask({ who: askFor('name') }, params.arguments as Json),
    });
    await using server = await serve({ handler, traced: true });
    const first = await asked(server, { params: { arguments: {} } });
    expect((await attempt(server, { params: { arguments: {}, ...retryOf(first, ann) } })).json.result.who).toEqual(
      ann.who,
    );
    const answer = await attempt(server, { params: { arguments: { state: 1 } } });
    expect(answer.json.error).toEqual({ code: -32603, message: 'Internal error.' });
    const failures = server.traces.map(({ event }) => event).filter(({ type }) => type === 'handler-failed');
    expect(failures).toEqual([
      { type: 'handler-failed', method: 'tools/call', error: expect.stringContaining('only HTTPS and localhost have') },
    ]);
  } finally {
    vi.unstubAllGlobals();
  }
});
