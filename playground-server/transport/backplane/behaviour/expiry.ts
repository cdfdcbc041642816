import type { Admission, EndedSession } from '../backplane.ts';
import { type Case, eventually, nobody, range, record, roomy, sleep } from './case.ts';
import { same } from './check.ts';

const brief = { ...roomy, idleTimeoutMs: 50 };
const expired = (id: string): EndedSession => ({ id, reason: 'expired' });

export const expiryCases: readonly Case[] = [
  {
    title: 'a session expires when nobody used it for its idle time, and one asker alone is told that it was now',
    rules: ['S2', 'P7', 'B7'],
    async run({ one, two }) {
      await one.sessions.create(record('id'), brief);
      let admissions: Admission[] = [];
      // An admission touches: who asks too early waits once more.
      const isMissing = async () => {
        await sleep(3 * brief.idleTimeoutMs);
        admissions = await Promise.all([one, two, one, two].map(({ sessions }) => sessions.admit('id', nobody)));
        return admissions.every(({ kind }) => kind === 'missing');
      };
      await eventually('the session to expire', isMissing);
      const now = admissions.filter((admission) => admission.kind === 'missing' && admission.expiredNow);
      same(now.length, 1);
      for (const admission of admissions) same(admission.kind === 'missing' && admission.reason, 'expired');
    },
  },
  {
    title: 'sweeping ends what has expired, and names each session to one process',
    rules: ['S2', 'S3'],
    async run({ one, two }) {
      for (const n of range(1, 10)) await (n % 2 ? one : two).sessions.create(record(`id ${n}`), brief);
      await one.sessions.create(record('lasting'), roomy);
      const swept: EndedSession[] = [];
      const sweepAll = async () => {
        for (const ended of await Promise.all([one.sessions.sweep(), two.sessions.sweep()])) swept.push(...ended);
        return swept.length >= 10;
      };
      await eventually('all to expire', sweepAll);
      await sweepAll();
      const byId = (a: EndedSession, b: EndedSession) => (a.id < b.id ? -1 : 1);
      same(
        swept.sort(byId),
        range(1, 10)
          .map((n) => expired(`id ${n}`))
          .sort(byId),
      );
      same((await two.sessions.admit('lasting', nobody)).kind, 'live');
    },
  },
  {
    title: 'what has expired makes room at the cap, and is named to whoever took the room',
    rules: ['P11'],
    async run({ one, two }) {
      const limits = { ...brief, maxSessions: 1 };
      await one.sessions.create(record('old'), limits);
      const created = await eventually('room', async () => {
        const outcome = await two.sessions.create(record('new'), limits);
        return outcome.kind === 'created' && outcome;
      });
      same(created.ended, [expired('old')]);
    },
  },
  {
    title: 'what is let go lives for its whole idle time, whatever ends in the same moment',
    rules: ['S1'],
    needs: 'settableClock',
    async run({ one, two, pass }) {
      const limits = { ...roomy, idleTimeoutMs: 1_000 };
      for (const id of ['a', 'b']) {
        await one.sessions.create(record(id), limits);
        one.sessions.hold(id);
      }
      await one.sessions.begin('a', [{ request: 1, instance: 'first', number: 1 }], {
        maxInFlight: 9,
        uniqueIds: true,
      });
      pass(700);
      await one.sessions.finish('a', 'first', [1]);
      for (const id of ['a', 'b']) one.sessions.release(id);
      // Behind these on the way to the store.
      await one.sessions.readAnswer('a', 'none');
      pass(999);
      for (const id of ['a', 'b']) same((await two.sessions.admit(id, nobody)).kind, 'live');
    },
  },
  {
    title: 'what ends late does not bring back a session that has expired',
    rules: ['S2'],
    needs: 'settableClock',
    async run({ one, two, pass }) {
      await one.sessions.create(record('s'), { ...roomy, idleTimeoutMs: 1_000 });
      await one.sessions.begin('s', [{ request: 1, instance: 'first', number: 1 }], {
        maxInFlight: 9,
        uniqueIds: true,
      });
      pass(1_001);
      await one.sessions.finish('s', 'first', [1]);
      same(await two.sessions.admit('s', nobody), { kind: 'missing', reason: 'expired', expiredNow: true });
    },
  },
  {
    title: 'a session that one process holds expires for no other, and does when it is let go',
    rules: ['S1', 'B7'],
    async run({ one, two }) {
      const idleTimeoutMs = 600;
      await one.sessions.create(record('held'), { ...roomy, idleTimeoutMs });
      await one.sessions.admit('held', nobody);
      one.sessions.hold('held');
      one.sessions.hold('held');
      one.sessions.release('held');
      for (const end = Date.now() + 2.5 * idleTimeoutMs; Date.now() < end; await sleep(50)) {
        same(await two.sessions.sweep(), []);
      }
      one.sessions.release('held');
      const swept = await eventually('it to expire', async () => {
        const ended = await two.sessions.sweep();
        return ended.length > 0 && ended;
      });
      same(swept, [expired('held')]);
    },
  },
  {
    title: 'a session lives for its whole idle time from each use on, to the millisecond',
    rules: ['S1', 'S2'],
    needs: 'settableClock',
    async run({ one, two, pass }) {
      await one.sessions.create(record('id'), { ...roomy, idleTimeoutMs: 1000 });
      for (const view of [two, one, two]) {
        pass(999);
        same(await view.sessions.sweep(), []);
        same((await view.sessions.admit('id', nobody)).kind, 'live');
      }
      pass(1000);
      const missing = { kind: 'missing', reason: 'expired' };
      same(await one.sessions.admit('id', nobody), { ...missing, expiredNow: true });
      same(await two.sessions.admit('id', nobody), { ...missing, expiredNow: false });
    },
  },
  {
    title: 'a session lives for its whole idle time from when the last holder lets go',
    rules: ['S1'],
    needs: 'settableClock',
    async run({ one, pass }) {
      await one.sessions.create(record('id'), { ...roomy, idleTimeoutMs: 1000 });
      one.sessions.hold('id');
      one.sessions.hold('id');
      pass(5000);
      one.sessions.release('id');
      pass(5000);
      same(await one.sessions.sweep(), []);
      one.sessions.release('id');
      pass(999);
      same(await one.sessions.sweep(), []);
      pass(1);
      same(await one.sessions.sweep(), [expired('id')]);
    },
  },
  {
    title: 'a session is not kept alive by those who may not use it',
    rules: ['P9', 'S2'],
    needs: 'settableClock',
    async run({ one, two, pass }) {
      await one.sessions.create(record('id', { principal: 'alice' }), { ...roomy, idleTimeoutMs: 1000 });
      pass(999);
      same(await two.sessions.admit('id', nobody), { kind: 'forbidden' });
      pass(1);
      same(await one.sessions.sweep(), [expired('id')]);
    },
  },
  {
    title: 'without an idle time a session never expires',
    rules: ['S2'],
    needs: 'settableClock',
    async run({ one, two, pass }) {
      await one.sessions.create(record('id'), roomy);
      pass(10 * 365 * 24 * 3_600_000);
      same(await two.sessions.sweep(), []);
      same((await two.sessions.admit('id', nobody)).kind, 'live');
    },
  },
  {
    title: 'at the cap those go that nobody used within a minute, the oldest first; those in use stay',
    rules: ['P11'],
    needs: 'settableClock',
    async run({ one, two, pass }) {
      const limits = { ...roomy, maxSessions: 4 };
      for (const id of ['used', 'older', 'newer']) {
        await one.sessions.create(record(id, { principal: id }), limits);
        pass(1);
      }
      await two.sessions.admit('used', { principal: 'used', origin: null });
      pass(60_000);
      await one.sessions.create(record('young'), limits);
      const evicted = (id: string) => ({ kind: 'created', ended: [{ id, reason: 'evicted' }] });
      same(await two.sessions.create(record('a'), limits), evicted('older'));
      same(await one.sessions.create(record('b'), limits), evicted('newer'));
      same(await two.sessions.create(record('c'), limits), { kind: 'full', byPrincipal: false, ended: [] });
      const asker = { principal: 'older', origin: null };
      const missing = { kind: 'missing', reason: 'evicted', expiredNow: false };
      same(await two.sessions.admit('older', asker), missing);
    },
  },
  {
    title: 'at the cap of a principal one of its own goes',
    rules: ['P11'],
    needs: 'settableClock',
    async run({ one, two, pass }) {
      const limits = { ...roomy, maxSessionsPerPrincipal: 1 };
      for (const principal of ['bob', 'alice']) await one.sessions.create(record(principal, { principal }), limits);
      pass(60_000);
      const outcome = await two.sessions.create(record('new', { principal: 'alice' }), limits);
      same(outcome, { kind: 'created', ended: [{ id: 'alice', reason: 'evicted' }] });
    },
  },
  {
    title: 'why a session ended is remembered for five minutes',
    rules: ['P7'],
    needs: 'settableClock',
    async run({ one, two, pass }) {
      await one.sessions.create(record('id'), roomy);
      await one.sessions.end('id', 'deleted');
      const missing = { kind: 'missing', expiredNow: false };
      pass(5 * 60_000 - 1);
      await two.sessions.sweep();
      same(await two.sessions.admit('id', nobody), { ...missing, reason: 'deleted' });
      pass(1);
      same(await two.sessions.admit('id', nobody), { ...missing, reason: 'unknown' });
    },
  },
];
