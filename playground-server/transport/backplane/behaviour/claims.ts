import { type Case, eventually, range } from './case.ts';
import { check, same } from './check.ts';

const long = 60_000;

export const claimCases: readonly Case[] = [
  {
    title: 'a claim has one holder, however many want it at a time, until it is released',
    rules: ['B5'],
    async run({ one, two }) {
      for (const name of ['a', 'instance:b c', 'ü']) {
        const wanted = range(1, 10).map((n) => (n % 2 ? one : two).claims.acquire(name, long));
        const fences = (await Promise.all(wanted)).filter((fence) => fence !== null);
        same(fences.length, 1);
        const [fence] = fences as [number];
        same(await two.claims.acquire(name, long), null);
        await two.claims.release(name, fence);
        check((await one.claims.acquire(name, long)) !== null, `${name} was released and is still held`);
      }
    },
  },
  {
    title: 'each acquisition has a higher fence than any before, also after the claim was released or expired',
    rules: ['B5'],
    async run({ one, two }) {
      let last = 0;
      for (const n of range(1, 10)) {
        const { claims } = n % 2 ? one : two;
        const ttlMs = n % 3 ? long : 20;
        const fence = await eventually('the claim', () => claims.acquire('a', ttlMs));
        check(Number(fence) > last, `${fence} follows ${last}`);
        last = Number(fence);
        if (ttlMs === long) await claims.release('a', last);
      }
    },
  },
  {
    title: "another fence than the holder's renews nothing and releases nothing",
    rules: ['B5'],
    async run({ one, two }) {
      const a = (await one.claims.acquire('a', long)) as number;
      const b = (await one.claims.acquire('b', long)) as number;
      same(await two.claims.renew('a', a + 1000, long), false);
      same(await two.claims.renew('never was', a, long), false);
      await two.claims.release('a', a + 1000);
      await two.claims.release('a', b);
      same(await two.claims.acquire('a', long), null);
      same(await two.claims.renew('a', a, long), true);
    },
  },
  {
    title: 'a claim expires, and then its former holder can neither renew nor release it',
    rules: ['B5'],
    async run({ one, two }) {
      const first = (await one.claims.acquire('a', 50)) as number;
      const second = await eventually('the claim to expire', () => two.claims.acquire('a', long));
      same(await one.claims.renew('a', first, long), false);
      await one.claims.release('a', first);
      same(await one.claims.acquire('a', long), null);
      same(await two.claims.renew('a', second, 50), true);
      await eventually('a renewed one to expire', async () => (await one.claims.acquire('a', long)) !== null);
    },
  },
  {
    title: 'a claim expires to the millisecond, and renewing counts from now',
    rules: ['B5'],
    needs: 'settableClock',
    async run({ one, two, pass }) {
      const first = (await one.claims.acquire('a', 1000)) as number;
      pass(999);
      same(await two.claims.acquire('a', 1000), null);
      same(await one.claims.renew('a', first, 1000), true);
      pass(999);
      same(await two.claims.acquire('a', 1000), null);
      pass(1);
      same(await one.claims.renew('a', first, 1000), false);
      const second = await two.claims.acquire('a', 1000);
      check(Number(second) > first, `${second} follows ${first}`);
    },
  },
];
