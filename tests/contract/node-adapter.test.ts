/** What the Node adapter alone does: these tests have no place in the run of the suite over the fetch adapter. */

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { expectError } from './support/expect.ts';
import { heldMethod, testHandler } from './support/handler.ts';
import { serve, type Traced } from './support/serve.ts';

test('[X2] whoever stands in front names the exchange', async () => {
  await using server = await serve({
    traced: true,
    node: { exchangeId: ({ headers }) => headers['lab-exchange'] as string },
  });
  await server.initialize({}, { 'lab-exchange': 'router-7' });
  await server.initialize();
  expect([...new Set(server.traces.map(({ place }) => place.exchange))]).toEqual(['router-7', 'x1']);
});

test('[X2] the Node adapter publishes the same on node:diagnostics_channel, as long as someone subscribes', async () => {
  const name = 'streamable-http-lab:trace';
  const published: Traced[] = [];
  const listen = (message: unknown) => void published.push(message as Traced);
  await using server = await serve({ traced: true });
  await using silent = await serve();
  subscribe(name, listen);
  try {
    const session = await server.session();
    await session.answer('ping');
    await session.delete();
    expect(published).toEqual(server.traces);
    expect(published.length).toBeGreaterThan(10);
    published.length = 0;
    await silent.initialize();
    const kinds = published.map(({ event }) => event.type);
    expect(kinds).toEqual(['request-received', 'body-received', 'session-created', 'response-sent']);
  } finally {
    unsubscribe(name, listen);
  }
  published.length = 0;
  await silent.initialize();
  expect(published).toEqual([]);
});

test('[G4] TRACE, which no `Request` can carry, answers 405 with Allow as well', async () => {
  await using server = await serve();
  const answer = await server.send({ method: 'TRACE' });
  expectError(answer, 405, -32600, /^Method not allowed: "TRACE"\. .*POST, GET and DELETE/);
  expect(answer.headers.allow).toBe('GET, POST, DELETE');
});

describe.each([{ enableJsonResponse: true }, { enableJsonResponse: false }])('answers of one turn, %o', (options) => {
  let now = 0;
  beforeEach(() => {
    vi.spyOn(performance, 'now').mockImplementation(() => now);
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  /** Three calls that wait for their answers, and their responses. */
  async function threeCalls() {
    const responses: ServerResponse[] = [];
    const listen = (message: unknown) => void responses.push((message as { response: ServerResponse }).response);
    const held = heldMethod();
    const server = await serve({ handler: testHandler({ held: held.method }), ...options });
    const session = await server.session();
    subscribe('http.server.request.start', listen);
    const answers = [1, 2, 3].map((id) => session.answer('held', {}, id));
    const calls = [await held.begun(), await held.begun(), await held.begun()];
    unsubscribe('http.server.request.start', listen);
    // What was begun in the turns before is over.
    for (let turn = 0; turn < 3; turn++) await nextTurn();
    return {
      server,
      answers,
      responses,
      answer: async (index: number) => {
        calls[index]?.answer({});
        await new Promise<void>(process.nextTick);
      },
      sent: () => responses.map(({ writableEnded }) => writableEnded),
    };
  }

  test('the first leaves at once, the others at the end of the turn', async () => {
    const { server, answers, answer, sent } = await threeCalls();
    await using _ = server;
    for (const index of [0, 1, 2]) await answer(index);
    expect(sent()).toEqual([true, false, false]);
    await nextTurn();
    expect(sent()).toEqual([true, true, true]);
    for (const answered of answers) expect((await answered).status).toBe(200);
  });

  test('none waits longer for a turn that goes on than half a millisecond', async () => {
    const { server, answer, sent } = await threeCalls();
    await using _ = server;
    await answer(0);
    now += 0.49;
    await answer(1);
    expect(sent()).toEqual([true, false, false]);
    now += 0.01;
    await answer(2);
    expect(sent()).toEqual([true, true, true]);
  });

  test('[X1] whoever ends the process after close() takes none of them with it', async () => {
    const { server, answer, sent } = await threeCalls();
    await using _ = server;
    const closed = server.transport.close();
    for (const index of [0, 1, 2]) void answer(index);
    await closed;
    expect(sent()).toEqual([true, true, true]);
  });

  test('[X4] one that middleware cannot send is broken off, and the others leave', async () => {
    const { server, answers, answer, responses } = await threeCalls();
    await using _ = server;
    const [, second] = responses;
    if (second) {
      second.end = () => {
        throw new Error('from middleware');
      };
    }
    const broken = answers[1]?.catch(() => {});
    for (const index of [0, 1, 2]) await answer(index);
    await broken;
    expect(second?.destroyed).toBe(true);
    for (const index of [0, 2]) expect((await answers[index])?.status).toBe(200);
    await server.transport.close();
  });
});
