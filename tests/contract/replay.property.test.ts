/** Whatever breaks, and wherever: a client that resumes with its last whole event has each message once, in order. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { memory } from '../../playground-server/transport/index.ts';
import { until } from '../setup/until.ts';
import type { Answer, Json } from './support/answer.ts';
import type { ClientSession } from './support/client.ts';
import { framesOf } from './support/frames.ts';
import { testHandler } from './support/handler.ts';
import { seeded } from './support/runs.ts';
import { serve } from './support/serve.ts';
import { slowMemory } from './support/slow-memory.ts';

/** One message after some turns of the event loop. */
interface Emission {
  turns: number;
  size: number;
}

/** How long a connection lasts: so many characters of its body are read, and the rest is lost on the way. */
interface Break {
  after: number;
  /** Whether the client comes back before the server has noticed. */
  atOnce: boolean;
}

const emission = fc.record({
  turns: fc.nat({ max: 6 }),
  size: fc.oneof({ weight: 6, arbitrary: fc.nat({ max: 200 }) }, { weight: 1, arbitrary: fc.nat({ max: 20_000 }) }),
});
const emissions = fc.array(emission, { minLength: 1, maxLength: 30 });
const breaks = fc.array(
  fc.record({
    after: fc.oneof(fc.nat({ max: 300 }), fc.nat({ max: 5_000 }), fc.nat({ max: 60_000 })),
    atOnce: fc.boolean(),
  }),
  { maxLength: 6 },
);
const stream = fc.record({ emissions, breaks });

async function emitAll(all: readonly Emission[], emit: (params: { n: number; text: string }) => void): Promise<void> {
  for (const [i, { turns, size }] of all.entries()) {
    for (let turn = 0; turn < turns; turn++) await nextTurn();
    emit({ n: i + 1, text: 'x'.repeat(size) });
  }
}

/** A client that loses its connection again and again, and comes back with the id of its last whole event. */
class BreakingClient {
  messages: Json[] = [];
  #lastEventId: string | undefined;
  readonly #session: ClientSession;
  readonly #isDone: (messages: Json[]) => boolean;
  readonly #hasLeft: () => boolean;

  /**
   * @param isDone whether these are all the messages that it waits for
   * @param hasLeft whether the server has noticed that this client's connection is gone
   */
  constructor(session: ClientSession, isDone: (messages: Json[]) => boolean, hasLeft: () => boolean) {
    this.#session = session;
    this.#isDone = isDone;
    this.#hasLeft = hasLeft;
  }

  /** Reads one connection after the other, and the last one until it has all. */
  async run(first: Answer, broken: readonly Break[]): Promise<void> {
    let answer = first;
    // Without the first event, which carries an id, there would be nothing to come back with.
    await answer.until('the first event', ({ frames }) => frames.length > 0);
    const least = answer.frames[0]?.raw.length ?? 0;
    for (const { after, atOnce } of broken) {
      await this.#read(answer, Math.max(after, answer === first ? least : 0));
      answer.destroy();
      if (!atOnce) await until('the server to notice', this.#hasLeft);
      answer = await this.#comeBack();
      if (answer.status === 405) return;
    }
    await this.#read(answer);
    answer.destroy();
  }

  async #comeBack(): Promise<Answer> {
    const answer = await this.#session.get(this.#lastEventId);
    if (answer.status !== 409) return answer;
    // Too many in a row: the server must see the last one go first.
    await until('the server to notice', this.#hasLeft);
    return await this.#session.get(this.#lastEventId);
  }

  /** What follows these first characters is lost. An event without its blank line never arrived. */
  async #read(answer: Answer, characters = Number.POSITIVE_INFINITY): Promise<void> {
    const known = this.messages;
    await answer.until('all, or the break', ({ text, state }) => {
      this.messages = [...known];
      for (const { id, data } of framesOf(text.slice(0, characters))) {
        if (id !== undefined) this.#lastEventId = id;
        if (data) this.messages.push(JSON.parse(data));
      }
      return text.length >= characters || state !== 'arriving' || this.#isDone(this.messages);
    });
  }
}

test.each([
  ['in memory', memory],
  ['that answers late', slowMemory],
])(
  '[R1] [R3] [E4] [E6] [E7] [E10] with a store %s nothing is lost or doubled, and each request has one response',
  async (_, backplane) => {
    await fc.assert(
      fc.asyncProperty(stream, fc.array(stream, { minLength: 1, maxLength: 3 }), async (standalone, requests) => {
        const handler = testHandler({
          emit: async (params, context) => {
            await emitAll(params.emissions as never, (told) => context.notify('notifications/n', told));
            return { done: true };
          },
        });
        await using server = await serve({ handler, backplane: backplane() });
        const session = await server.session();
        const client = (name: string, isDone: (messages: Json[]) => boolean) =>
          new BreakingClient(
            session,
            isDone,
            () => !server.transport.inspect().streams.some((one) => one.stream === name && one.open),
          );
        const listening = client('0', (messages) => messages.length >= standalone.emissions.length);
        const running = [listening.run(await session.get(), standalone.breaks)];
        const callers: BreakingClient[] = [];
        for (const [i, request] of requests.entries()) {
          const caller = client(String(i + 1), (messages) => messages.some((message) => 'id' in message));
          callers.push(caller);
          const answer = await session.call('emit', { emissions: request.emissions as never }, 'the same id');
          running.push(caller.run(answer, request.breaks));
        }
        running.push(emitAll(standalone.emissions, (told) => server.transport.broadcast('notifications/s', told)));
        await Promise.all(running);

        const told = (messages: Json[], method: string) =>
          messages.map((message) => (message.method === method ? message.params.n : message));
        const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
        expect(told(listening.messages, 'notifications/s')).toEqual(upTo(standalone.emissions.length));
        for (const [i, { emissions: all }] of requests.entries()) {
          const response = { jsonrpc: '2.0', id: 'the same id', result: { done: true } };
          expect(told(callers[i]?.messages ?? [], 'notifications/n')).toEqual([...upTo(all.length), response]);
        }
        expect(server.transport.inspect().inFlight).toEqual([]);
      }),
      seeded(25),
    );
  },
);
