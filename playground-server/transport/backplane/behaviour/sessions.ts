import type { Backplane, SessionRecord } from '../backplane.ts';
import { type Case, nobody, range, record, roomy } from './case.ts';
import { check, same } from './check.ts';

const owner = { principal: 'alice', origin: 'https://a.example' };

async function liveRecord({ sessions }: Backplane, id: string): Promise<SessionRecord> {
  const admission = await sessions.admit(id, nobody);
  check(admission.kind === 'live', `a session that nobody ended is ${admission.kind}`);
  return admission.record;
}

export const sessionCases: readonly Case[] = [
  {
    title: 'a session is given back as it was stored, in every process',
    rules: ['S5'],
    async run({ one, two }) {
      const stored = record('id', {
        clientInfo: { name: 'Ünïcode ✓ "quoted"', version: '1.0' },
        clientCapabilities: { sampling: { tools: {} }, elicitation: null },
        ...owner,
        subscriptions: ['file:///a b'],
        data: { nested: { list: [1, 'two', null, true] }, empty: '' },
      });
      const expected = structuredClone(stored);
      same(await one.sessions.create(stored, roomy), { kind: 'created', ended: [] });
      for (const view of [one, two]) {
        same(await view.sessions.admit('id', owner), { kind: 'live', record: expected });
      }
    },
  },
  {
    title:
      'an id is given to one session, however many processes want it at a time: the others are told that it is taken',
    rules: ['S6'],
    async run({ one, two }) {
      const attempts = range(1, 10).map((n) =>
        (n % 2 ? one : two).sessions.create(record('id', { data: { n } }), roomy),
      );
      const outcomes = (await Promise.all(attempts)).map(({ kind }) => kind);
      same(outcomes.filter((kind) => kind === 'created').length, 1);
      same(outcomes.filter((kind) => kind === 'taken').length, 9);
      same((await liveRecord(one, 'id')).data, { n: outcomes.indexOf('created') + 1 });
    },
  },
  {
    title: 'the id of a session that ended stays taken for a while',
    rules: ['S6'],
    async run({ one, two }) {
      await one.sessions.create(record('id'), roomy);
      await one.sessions.end('id', 'deleted');
      same(await two.sessions.create(record('id'), roomy), { kind: 'taken' });
    },
  },
  {
    title: 'the cap is never passed, however many are created at a time, and one that ends makes room',
    rules: ['P11', 'B7'],
    async run({ one, two }) {
      const limits = { ...roomy, maxSessions: 5 };
      const create = (n: number) => (n % 2 ? one : two).sessions.create(record(`id ${n}`), limits);
      const outcomes = await Promise.all(range(1, 20).map(create));
      same(outcomes.filter(({ kind }) => kind === 'created').length, 5);
      for (const outcome of outcomes.filter(({ kind }) => kind !== 'created')) {
        same(outcome, { kind: 'full', byPrincipal: false, ended: [] });
      }
      await two.sessions.end(`id ${outcomes.findIndex(({ kind }) => kind === 'created') + 1}`, 'deleted');
      const more = await Promise.all(range(21, 24).map(create));
      same(more.filter(({ kind }) => kind === 'created').length, 1);
    },
  },
  {
    title: "the cap of a principal is never passed, and is nobody else's",
    rules: ['P11', 'B7'],
    async run({ one, two }) {
      const limits = { ...roomy, maxSessionsPerPrincipal: 2 };
      const create = (n: number, principal: string | null) =>
        (n % 2 ? one : two).sessions.create(record(`${principal} ${n}`, { principal }), limits);
      const outcomes = await Promise.all(range(1, 8).map((n) => create(n, 'alice')));
      same(outcomes.filter(({ kind }) => kind === 'created').length, 2);
      same(await create(9, 'alice'), { kind: 'full', byPrincipal: true, ended: [] });
      for (const [n, principal] of ['bob', 'bob', null, null, null].entries()) {
        same((await create(n, principal)).kind, 'created');
      }
      await one.sessions.end(`alice ${outcomes.findIndex(({ kind }) => kind === 'created') + 1}`, 'deleted');
      same((await create(10, 'alice')).kind, 'created');
      // Where principals have no cap, only that of the server counts.
      for (const n of range(11, 14)) {
        same((await one.sessions.create(record(`alice ${n}`, { principal: 'alice' }), roomy)).kind, 'created');
      }
    },
  },
  {
    title: 'another principal is refused, and another origin where both are known',
    rules: ['P9'],
    async run({ one, two }) {
      await one.sessions.create(record('owned', owner), roomy);
      await one.sessions.create(record('from no page', { principal: 'alice' }), roomy);
      const kindOf = async (id: string, principal: string | null, origin: string | null) =>
        (await two.sessions.admit(id, { principal, origin })).kind;
      same(await kindOf('owned', 'bob', owner.origin), 'forbidden');
      same(await kindOf('owned', null, owner.origin), 'forbidden');
      same(await kindOf('owned', 'alice', 'https://b.example'), 'forbidden');
      same(await kindOf('owned', 'alice', null), 'live');
      same(await kindOf('from no page', 'alice', 'https://b.example'), 'live');
      same(await kindOf('from no page', null, null), 'forbidden');
    },
  },
  {
    title: 'a session ends once, and why is then told to the principal that had it, and to nobody else',
    rules: ['P7', 'S3'],
    async run({ one, two }) {
      await one.sessions.create(record('id', owner), roomy);
      const ended = await Promise.all([one, two, one, two].map(({ sessions }) => sessions.end('id', 'deleted')));
      same(ended.filter(Boolean).length, 1);
      const missing = { kind: 'missing', expiredNow: false };
      for (const view of [one, two]) {
        const asked = { ...owner, origin: 'https://b.example' };
        same(await view.sessions.admit('id', asked), { ...missing, reason: 'deleted' });
        same(await view.sessions.admit('id', nobody), { ...missing, reason: 'unknown' });
        same(await view.sessions.admit('id', { ...owner, principal: 'bob' }), { ...missing, reason: 'unknown' });
        same(await view.sessions.admit('never was', owner), { ...missing, reason: 'unknown' });
      }
      same(await one.sessions.end('never was', 'deleted'), false);
    },
  },
  {
    title: 'what several processes change in one session at a time is all in it',
    rules: ['S5', 'B2'],
    async run({ one, two }) {
      await one.sessions.create(record('id', { subscriptions: ['file:///old'] }), roomy);
      await Promise.all(
        range(1, 20).map((n) => {
          const { sessions } = n % 2 ? one : two;
          if (n % 4 < 2) return sessions.update('id', { kind: 'set', key: `k${n}`, value: { n } });
          return sessions.update('id', { kind: 'subscribe', uri: `file:///${n}` });
        }),
      );
      await two.sessions.update('id', { kind: 'level', level: 'error' });
      await one.sessions.update('id', { kind: 'unsubscribe', uri: 'file:///old' });
      await two.sessions.update('id', { kind: 'subscribe', uri: 'file:///2' });
      const { logLevel, subscriptions, data } = await liveRecord(one, 'id');
      same(logLevel, 'error');
      const of = (isData: boolean) => range(1, 20).filter((n) => n % 4 < 2 === isData);
      same(
        [...subscriptions].sort(),
        of(false)
          .map((n) => `file:///${n}`)
          .sort(),
      );
      same(data, Object.fromEntries(of(true).map((n) => [`k${n}`, { n }])));
    },
  },
  {
    title: 'a handler may set any key as data, and what is set last stands',
    rules: ['S5'],
    async run({ one, two }) {
      await one.sessions.create(record('id'), roomy);
      for (const key of ['__proto__', 'constructor', '', 'a.b', 'é"\n']) {
        await one.sessions.update('id', { kind: 'set', key, value: 'first' });
        await two.sessions.update('id', { kind: 'set', key, value: { of: key } });
      }
      const entries = Object.entries((await liveRecord(one, 'id')).data).sort();
      same(
        entries,
        ['', '__proto__', 'a.b', 'constructor', 'é"\n'].map((key) => [key, { of: key }]),
      );
    },
  },
  {
    title: 'a change to a session that is gone brings nothing back',
    rules: ['S3'],
    async run({ one, two }) {
      await one.sessions.create(record('id'), roomy);
      await one.sessions.end('id', 'deleted');
      await two.sessions.update('id', { kind: 'set', key: 'late', value: true });
      one.sessions.hold('id');
      one.sessions.release('id');
      same((await one.sessions.admit('id', nobody)).kind, 'missing');
    },
  },
];
