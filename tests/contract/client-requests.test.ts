/** A handler asks the client: where the question travels, and how its answer finds the way back. */
import { expect, test } from 'vitest';
import { elicitation, roots, sampling } from '../../playground-server/transport/index.ts';
import { until } from '../setup/until.ts';
import { ClientSession, latest } from './support/client.ts';
import { type HeldCall, heldMethod, testHandler } from './support/handler.ts';
import { askingHandler, canAll, failureOf, question, respond } from './support/questions.ts';
import { serve } from './support/serve.ts';
import { another, store, testInOneProcess } from './support/store.ts';

test('[C1] a question travels on the stream of the request that caused it, and on no other', async () => {
  await using server = await serve({ handler: askingHandler() });
  const session = await server.session(latest, canAll);
  const [get, answer] = [await session.get(), await session.call('ask', { method: 'roots/list' }, 'a')];
  const asked = await question(answer);
  expect(asked).toEqual({ jsonrpc: '2.0', id: asked.id, method: 'roots/list', params: { of: 'ask' } });
  const accepted = await respond(session, asked.id, { roots: [] });
  expect([accepted.status, accepted.text]).toEqual([202, '']);
  expect((await answer.done()).messages.at(-1)).toEqual({ jsonrpc: '2.0', id: 'a', result: { given: { roots: [] } } });
  server.transport.broadcast('notifications/end');
  expect((await get.received(1)).messages).toEqual([{ jsonrpc: '2.0', method: 'notifications/end' }]);
});

test('[C1] a question without a request that caused it travels on the standalone stream', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }) });
  const session = await server.session(latest, canAll);
  const [get, answer] = [await session.get(), await session.call('held')];
  const { context, answer: finish } = await held.begun();
  const given = context.session.request('sampling/createMessage', { messages: [] });
  const asked = await question(get);
  expect(asked).toEqual({ ...asked, method: 'sampling/createMessage', params: { messages: [] } });
  // It outlives the request in which it was asked: it is the session's.
  finish({});
  expect((await answer.done()).messages).toHaveLength(1);
  await respond(session, asked.id, { model: 'm' });
  expect(await given).toEqual({ model: 'm' });
});

test('[C1] a question without parameters has no params member, and ping needs no capability', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }) });
  const session = await server.session();
  const answer = await session.call('held');
  const given = (await held.begun()).context.request('ping');
  const asked = await question(answer);
  expect(Object.keys(asked).sort()).toEqual(['id', 'jsonrpc', 'method']);
  await respond(session, asked.id, {});
  expect(await given).toEqual({});
});

testInOneProcess('[C1] ids carry the boot id of the instance, and no two questions of it are alike', async () => {
  const backplane = store();
  await using one = await serve({ handler: askingHandler(), backplane });
  await using two = await serve({ handler: askingHandler(), backplane: another(backplane) });
  const ids: string[] = [];
  for (const server of [one, one, two, two]) {
    const session = await server.session(latest, canAll);
    const answers = [await session.call('ask'), await session.call('ask')];
    for (const answer of answers) ids.push((await question(answer)).id);
  }
  const [bootOne, bootTwo] = [ids.slice(0, 4), ids.slice(4)].map((own) => new Set(own.map((id) => id.split('.')[0])));
  expect([bootOne?.size, bootTwo?.size]).toEqual([1, 1]);
  expect(bootOne).not.toEqual(bootTwo);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{16}\.\d+$/);
  // Each session counts by itself: what tells its questions apart is the session.
  expect(new Set(ids.slice(0, 2)).size).toBe(2);
});

test('[C1] the response, posted to another instance, reaches the waiting handler', async () => {
  const backplane = store();
  await using one = await serve({ handler: askingHandler(), backplane, traced: true });
  await using two = await serve({ handler: askingHandler(), backplane: another(backplane) });
  const session = await one.session(latest, canAll);
  const answer = await session.call('ask', {}, 1);
  const asked = await question(answer);
  const elsewhere = new ClientSession(two, session.id, latest);
  expect((await respond(elsewhere, asked.id, { from: 'elsewhere' })).status).toBe(202);
  expect((await answer.done()).messages.at(-1).result).toEqual({ given: { from: 'elsewhere' } });
  // Only who asked can tell whether somebody waits.
  expect(one.traces.map(({ event }) => event)).toContainEqual({
    type: 'client-answered',
    id: asked.id,
    waiting: true,
  });
  // An error finds its way back as well.
  const next = await session.call('ask', {}, 2);
  await respond(elsewhere, (await question(next)).id, undefined, { code: -1, message: 'no' });
  expect(failureOf(await next.done())).toMatchObject({ reason: 'client-error' });
});

test('[C1] the first response wins, wherever it arrives; the second is accepted and changes nothing', async () => {
  const backplane = store();
  const held = heldMethod();
  const handler = testHandler({ held: held.method });
  await using one = await serve({ handler, backplane, traced: true });
  await using two = await serve({ backplane: another(backplane) });
  const session = await one.session(latest, canAll);
  const answer = await session.call('held');
  const call = await held.begun();
  const given = call.context.request('roots/list');
  const { id } = await question(answer);
  await respond(session, id, { first: true });
  const elsewhere = new ClientSession(two, session.id, latest);
  for (const late of [session, elsewhere]) {
    expect((await respond(late, id, { second: true })).status).toBe(202);
    expect((await respond(late, id, undefined, { code: 1, message: 'no' })).status).toBe(202);
  }
  expect(await given).toEqual({ first: true });
  call.answer({});
  await answer.done();
  const waiting = () => one.traces.flatMap(({ event }) => (event.type === 'client-answered' ? [event.waiting] : []));
  await until('all five to be traced', () => waiting().length === 5);
  expect(waiting()).toEqual([true, false, false, false, false]);
});

testInOneProcess('[C1] a response from another session is ignored, on any instance', async () => {
  const backplane = store();
  await using one = await serve({ handler: askingHandler(), backplane });
  await using two = await serve({ backplane: another(backplane) });
  const [session, other] = [await one.session(latest, canAll), await one.session(latest, canAll)];
  const answer = await session.call('ask');
  const { id } = await question(answer);
  const beside = await other.call('ask');
  expect((await question(beside)).id).toBe(id);
  for (const stranger of [await one.session(), await two.session()]) {
    expect((await respond(stranger, id, { stolen: true })).status).toBe(202);
  }
  // Not even the session that was asked a question of the same id answers for the first.
  await respond(new ClientSession(two, other.id, latest), id, { own: true });
  expect((await beside.done()).messages.at(-1).result).toEqual({ given: { own: true } });
  expect(answer.messages).toHaveLength(1);
  await respond(session, id, { mine: true });
  expect((await answer.done()).messages.at(-1).result).toEqual({ given: { mine: true } });
});

test('[C1] a response that answers no question is accepted, and without effect', async () => {
  await using server = await serve({ handler: askingHandler(), traced: true });
  const session = await server.session(latest, canAll);
  const answer = await session.call('ask');
  const { id } = await question(answer);
  const [boot, number] = id.split('.');
  for (const other of [1, '', `${boot}.`, `${boot}.${Number(number) + 1}`, `${boot}.x`, `0000000000000000.1`, 'x.1']) {
    expect((await respond(session, other, {})).status).toBe(202);
  }
  expect((await session.send({ body: { jsonrpc: '2.0', error: { code: 1, message: 'no id' } } })).status).toBe(202);
  expect(answer.messages).toHaveLength(1);
  await respond(session, id, {});
  await answer.done();
});

test('[C1] several questions at once go out together, and each gets its own answer', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }) });
  const session = await server.session(latest, canAll);
  const answer = await session.call('held');
  const call = await held.begun();
  const given = call.context.ask({
    where: roots(),
    what: sampling({ messages: [], maxTokens: 1 }),
    name: elicitation({ message: 'Name?', requestedSchema: { type: 'object', properties: { n: { type: 'string' } } } }),
  });
  await answer.received(3);
  const asked = new Map(answer.messages.map(({ method, id }) => [method, id]));
  const reply = {
    'elicitation/create': { action: 'accept', content: { n: 'Ada' } },
    'roots/list': { roots: [{ uri: 'file:///a' }] },
    'sampling/createMessage': { role: 'assistant', content: { type: 'text', text: 'hm' }, model: 'm' },
  };
  for (const [method, result] of Object.entries(reply)) await respond(session, asked.get(method), result);
  expect(await given).toEqual({
    name: reply['elicitation/create'],
    where: reply['roots/list'],
    what: reply['sampling/createMessage'],
  });
  call.answer({});
  await answer.done();
});

testInOneProcess('[C1] a question and its answer are traced', async () => {
  await using server = await serve({ handler: askingHandler(), traced: true });
  const session = await server.session(latest, canAll);
  const answer = await session.call('ask', { method: 'roots/list' });
  const { id } = await question(answer);
  await respond(session, id, {});
  await answer.done();
  const masked = `${session.id.slice(0, 4)}…${session.id.slice(-2)}`;
  const traced = server.traces.filter(({ event }) => event.type.startsWith('client-'));
  expect(traced.map(({ event }) => event)).toEqual([
    { type: 'client-asked', method: 'roots/list', id },
    { type: 'client-answered', id, waiting: true },
  ]);
  expect(traced.map(({ place }) => place.session)).toEqual([masked, masked]);
});

test('[C1] in a batch the question travels on the stream that its requests share', async () => {
  await using server = await serve({ handler: askingHandler() });
  const session = await server.session('2025-03-26', canAll);
  const requests = [1, 2].map((id) => ({ jsonrpc: '2.0', id, method: 'ask' }));
  const answer = await session.open({ body: requests });
  await answer.received(2);
  // The answers come as they were asked for: in a batch.
  const responses = answer.messages.map(({ id }) => ({ jsonrpc: '2.0', id, result: { to: id } }));
  expect((await session.send({ body: responses })).status).toBe(202);
  const ids = responses.map(({ id }) => id);
  expect((await answer.done()).messages.slice(2)).toEqual([
    { jsonrpc: '2.0', id: 1, result: { given: { to: ids[0] } } },
    { jsonrpc: '2.0', id: 2, result: { given: { to: ids[1] } } },
  ]);
});

test('[C3] nobody reading: a question waits in the log until the client resumes', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }) });
  const session = await server.session(latest, canAll);
  const answer = await session.call('held');
  const call: HeldCall = await held.begun();
  answer.destroy();
  await until('nobody to read', () => server.transport.inspect().streams.every(({ open }) => !open));
  const [ofRequest, ofSession] = [call.context.request('roots/list'), call.context.session.request('roots/list')];
  const [resumed, standalone] = [await session.get('1.0'), await session.get()];
  await respond(session, (await question(resumed)).id, { on: 'the stream of the request' });
  await respond(session, (await question(standalone)).id, { on: 'the standalone stream' });
  expect([await ofRequest, await ofSession]).toEqual([
    { on: 'the stream of the request' },
    { on: 'the standalone stream' },
  ]);
  call.answer({});
  await resumed.done();
});
