/** Whatever is appended to a log and read from it, by two processes in turn: nothing is lost or doubled but by the bounds. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { record, roomy } from '../../playground-server/transport/backplane/behaviour/case.ts';
import type { StoreUnderTest } from '../../playground-server/transport/backplane/behaviour.ts';
import type { StreamLog } from '../../playground-server/transport/index.ts';
import { until } from '../setup/until.ts';
import { runs } from './support/runs.ts';
import { inMemory, inRedis, inSqlite } from './support/stores.ts';
import { onTwoViews } from './support/two-views.ts';

const view = fc.constantFrom(0, 1);
const size = fc.oneof({ weight: 5, arbitrary: fc.nat({ max: 100 }) }, { weight: 1, arbitrary: fc.nat({ max: 1500 }) });
const share = fc.double({ min: 0, max: 1, noNaN: true });

/** `share`: how far along what there is. */
const logStep = fc.oneof(
  { weight: 8, arbitrary: fc.record({ does: fc.constant('append' as const), view, size, last: fc.constant(false) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('append' as const), view, size, last: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('broadcast' as const), view, isNew: fc.boolean() }) },
  {
    weight: 4,
    arbitrary: fc.record({ does: fc.constant('read' as const), view, share, most: fc.integer({ min: 1, max: 9 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ does: fc.constant('spare' as const), view, share, bytes: fc.nat({ max: 3000 }) }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('leave' as const), view }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('takeOver' as const), view }) },
);

const bounds = { maxEvents: 6, maxBytes: 2000, maxSessionBytes: 100_000, maxAgeMs: 3_600_000 };

/** The most that an event may count beside its text, and a stream beside its events. */
const [eventCost, streamCost] = [64, 200];

/** From which number on a store that obeys the bounds, and makes the most of them, keeps everything. */
function keptFrom(jsons: readonly string[]): number {
  let weight = streamCost;
  let first = jsons.length + 1;
  for (; first > 1 && jsons.length - first + 1 < bounds.maxEvents; first--) {
    weight += (jsons[first - 2] as string).length + eventCost;
    if (weight > bounds.maxBytes) break;
  }
  // The newest stays whatever its size.
  return Math.max(1, Math.min(first, jsons.length));
}

function logsAsModelled(store: StoreUnderTest): () => Promise<void> {
  const steps = fc.array(logStep, { maxLength: 60, size: 'max' });
  return () =>
    fc.assert(
      fc.asyncProperty(steps, (all) =>
        onTwoViews(store, async (views) => {
          await views[0].sessions.create(record('s'), roomy);
          const logs = views.map((each) => each.logs.open('s', '0', bounds, { request: 1, instance: 'first' }));
          const jsons: string[] = [];
          let [ended, given, takeovers, broadcast] = [false, 0, 0, 0];
          const expectAppended = (number: number, json: string): void => {
            expect(number).toBe(ended ? 0 : jsons.length + 1);
            if (!ended) jsons.push(json);
          };
          for (const step of all) {
            const log = logs[step.view] as StreamLog;
            switch (step.does) {
              case 'append': {
                const json = JSON.stringify({ n: jsons.length + 1, text: 'x'.repeat(step.size) });
                expectAppended(await log.append({ json, last: step.last }), json);
                ended ||= step.last;
                break;
              }
              case 'broadcast': {
                const json = JSON.stringify({ n: jsons.length + 1 });
                if (step.isNew || broadcast === 0)
                  expectAppended(await log.append({ json, last: false, broadcast: `b${++broadcast}` }), json);
                else expect(await log.append({ json, last: false, broadcast: `b${broadcast}` })).toBe(0);
                break;
              }
              case 'read': {
                const cursor = Math.round(step.share * jsons.length);
                const slice = await log.readAfter(cursor, step.most);
                const first = slice.events[0]?.number ?? cursor + 1;
                expect(first).toBeLessThanOrEqual(Math.max(cursor + 1, keptFrom(jsons)));
                const expected = jsons.slice(first - 1, first - 1 + step.most);
                expect(slice.events.map(({ number, json }) => [number, json])).toEqual(
                  expected.map((json, index) => [first + index, json]),
                );
                const isEnd = ended && first - 1 + expected.length === jsons.length;
                expect(slice).toMatchObject({ trimmed: first > cursor + 1, ended: isEnd, lastNumber: jsons.length });
                break;
              }
              case 'spare': {
                const cursor = Math.round(step.share * jsons.length);
                log.spareAfter(cursor, step.bytes);
                given = Math.max(given, cursor);
                // Where all it was given is still followed by what is kept, it goes on there.
                const atMost = Math.max(given, keptFrom(jsons) - 1);
                await until('the cursor', async () => {
                  const number = await log.unread();
                  return number >= given && number <= atMost;
                });
                break;
              }
              case 'leave':
                log.spareAfter(null, 0);
                break;
              case 'takeOver': {
                const number = await log.takeOver();
                expect(number).toBeGreaterThan(takeovers);
                takeovers = number;
              }
            }
          }
        }),
      ),
      { numRuns: runs(200) },
    );
}

test('[B1] [B4] in memory, logs: any sequence of steps ends as in a plain model', logsAsModelled(inMemory));
test('[B2] [B4] in SQLite, logs: any sequence of steps ends as in a plain model', logsAsModelled(inSqlite));
test('[B3] [B4] in Redis, logs: any sequence of steps ends as in a plain model', logsAsModelled(inRedis));
