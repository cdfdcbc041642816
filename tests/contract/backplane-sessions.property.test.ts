/** Whatever is asked of a store's sessions, and by whichever of two processes: it answers as a plain model of it does. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { record } from '../../playground-server/transport/backplane/behaviour/case.ts';
import type { StoreUnderTest } from '../../playground-server/transport/backplane/behaviour.ts';
import type { Admission, Backplane, EndedSession, SessionRecord } from '../../playground-server/transport/index.ts';
import { runs } from './support/runs.ts';
import { SessionModel } from './support/session-model.ts';
import { inMemory, inRedis, inSqlite } from './support/stores.ts';
import { onTwoViews } from './support/two-views.ts';

const view = fc.constantFrom(0, 1);
const id = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
const principal = fc.constantFrom(null, null, 'alice', 'bob');
const uri = fc.constantFrom('file:///1', 'file:///2', 'file:///3');
const change = fc.oneof(
  fc.record({ kind: fc.constant('level' as const), level: fc.constantFrom('debug' as const, 'error' as const) }),
  fc.record({ kind: fc.constantFrom('subscribe' as const, 'unsubscribe' as const), uri }),
  fc.record({ kind: fc.constant('set' as const), key: fc.constantFrom('k', 'l'), value: fc.nat() }),
);

const sessionStep = fc.oneof(
  { weight: 4, arbitrary: fc.record({ does: fc.constant('create' as const), view, id, principal }) },
  { weight: 4, arbitrary: fc.record({ does: fc.constant('admit' as const), view, id, principal }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('update' as const), view, id, change }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('end' as const), view, id }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('sweep' as const), view }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('pass' as const), ms: fc.constantFrom(999, 30_000, 61_000) }) },
);

const limits = { maxSessions: 4, maxSessionsPerPrincipal: 2, idleTimeoutMs: 100_000 };

const recordOf = (id: string, principal: string | null): SessionRecord => record(id, { principal });

const byId = (a: EndedSession, b: EndedSession): number => (a.id < b.id ? -1 : 1);

/** The order in which sessions went that went at a time says nothing. */
const unordered = <T extends object>(outcome: T): T =>
  'ended' in outcome ? { ...outcome, ended: [...(outcome.ended as EndedSession[])].sort(byId) } : outcome;

/** Nor does the order of subscriptions. */
const sorted = (admission: Admission): Admission =>
  admission.kind === 'live'
    ? { kind: 'live', record: { ...admission.record, subscriptions: [...admission.record.subscriptions].sort() } }
    : admission;

function sessionsAsModelled(store: StoreUnderTest): () => Promise<void> {
  const steps = fc.array(sessionStep, { maxLength: 60, size: 'max' });
  return () =>
    fc.assert(
      fc.asyncProperty(steps, (all) =>
        onTwoViews(store, async (views, pass) => {
          const model = new SessionModel(limits);
          for (const step of all) {
            // Nothing happens at the same time as anything else, so that the oldest is always one.
            const ms = step.does === 'pass' ? step.ms : 1;
            if (store.settableClock) {
              pass(ms);
              model.now += ms;
            }
            if (step.does === 'pass') continue;
            const { sessions } = views[step.view] as Backplane;
            switch (step.does) {
              case 'create': {
                const outcome = await sessions.create(recordOf(step.id, step.principal), limits);
                const expected = model.create(recordOf(step.id, step.principal), outcome.kind === 'taken');
                expect(unordered(outcome)).toEqual(unordered(expected));
                break;
              }
              case 'admit': {
                const admission = await sessions.admit(step.id, { principal: step.principal, origin: null });
                expect(sorted(admission)).toEqual(sorted(model.admit(step.id, step.principal)));
                break;
              }
              case 'update':
                await sessions.update(step.id, step.change);
                model.update(step.id, step.change);
                break;
              case 'end':
                expect(await sessions.end(step.id, 'deleted')).toBe(model.end(step.id));
                break;
              case 'sweep':
                expect([...(await sessions.sweep())].sort(byId)).toEqual(model.sweep().sort(byId));
            }
          }
        }),
      ),
      { numRuns: runs(200) },
    );
}

test('[B1] [B4] in memory, sessions: any sequence of steps ends as in a plain model', sessionsAsModelled(inMemory));
test('[B2] [B4] in SQLite, sessions: any sequence of steps ends as in a plain model', sessionsAsModelled(inSqlite));
test('[B3] [B4] in Redis, sessions: any sequence of steps ends as in a plain model', sessionsAsModelled(inRedis));
