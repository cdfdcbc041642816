/**
 * Takes thousands of claims that expire, behind a few that are renewed all the while, and weighs the heap before and
 * after. Prints what `weighRounds` does.
 */
import { memory } from '../../../../playground-server/transport/index.ts';
import { weighRounds } from './weigh.ts';

const clock = { now: 1_000_000 };
const { claims } = memory({ now: () => clock.now });
const kept = Array.from({ length: 8 }, (_, i) => ({
  name: `kept ${i}`,
  fence: claims.acquire(`kept ${i}`, 1000) as number,
}));
let count = 0;

await weighRounds(async () => {
  for (let i = 0; i < 5_000; i++) {
    claims.acquire(`${++count} ${'x'.repeat(1000)}`, 10);
    clock.now += 100;
    for (const { name, fence } of kept) claims.renew(name, fence, 1000);
  }
});
