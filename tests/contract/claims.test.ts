/** Claims in memory: exclusive, expiring, and told apart by their fence numbers. */
import { expect, test } from 'vitest';
import { runChild } from './support/child.ts';
import { clockedStore } from './support/clocked-store.ts';

test('[B1] a claim has one holder until it is released, and each acquisition a higher fence', async () => {
  const { claims } = clockedStore().backplane;
  const first = (await claims.acquire('a', 1000)) as number;
  expect(await claims.acquire('a', 1000)).toBeNull();
  const other = (await claims.acquire('b', 1000)) as number;
  expect(other).toBeGreaterThan(first);
  // Someone else's fence releases nothing.
  await claims.release('a', other);
  expect(await claims.acquire('a', 1000)).toBeNull();
  await claims.release('a', first);
  expect(await claims.acquire('a', 1000)).toBeGreaterThan(other);
});

test('[B1] a claim expires to the millisecond, and what comes of its former holder is refused', async () => {
  const { clock, backplane } = clockedStore();
  const { claims } = backplane;
  const first = (await claims.acquire('a', 1000)) as number;
  clock.now += 999;
  expect(await claims.acquire('a', 1000)).toBeNull();
  clock.now += 1;
  expect(await claims.renew('a', first, 1000)).toBe(false);
  const second = (await claims.acquire('a', 1000)) as number;
  expect(second).toBeGreaterThan(first);
  expect(await claims.renew('a', first, 5000)).toBe(false);
  await claims.release('a', first);
  expect(await claims.acquire('a', 1000)).toBeNull();
});

test('[B1] renewing a claim counts from now, and one that was never made cannot be renewed', async () => {
  const { clock, backplane } = clockedStore();
  const { claims } = backplane;
  const fence = (await claims.acquire('a', 1000)) as number;
  clock.now += 900;
  expect(await claims.renew('a', fence, 1000)).toBe(true);
  clock.now += 999;
  expect(await claims.acquire('a', 1000)).toBeNull();
  expect(await claims.renew('b', fence, 1000)).toBe(false);
  clock.now += 1;
  expect(await claims.acquire('a', 1000)).not.toBeNull();
});

test('[B1] while old claims are forgotten those that are held stay', async () => {
  const { clock, backplane } = clockedStore();
  const { claims } = backplane;
  for (let i = 0; i < 50; i++) await claims.acquire(`short ${i}`, 10);
  const long = Array.from({ length: 50 }, (_, i) => claims.acquire(`long ${i}`, 1000));
  const fences = (await Promise.all(long)) as number[];
  clock.now += 10;
  for (let i = 0; i < 50; i++) await claims.acquire(`new ${i}`, 10);
  for (const [i, fence] of fences.entries()) {
    expect(await claims.acquire(`long ${i}`, 1)).toBeNull();
    expect(await claims.renew(`long ${i}`, fence, 1000)).toBe(true);
  }
  // Behind all those that are held, to the millisecond as well.
  clock.now += 10;
  expect(await claims.acquire('new 49', 10)).not.toBeNull();
});

test('[B1] claims that are renewed again and again do not keep the expired ones behind them in memory', async () => {
  const { before, after, timers } = await runChild('frees-claims');
  expect(after - before).toBeLessThan(1_000_000);
  expect(timers).toEqual([]);
});
