/** What waits for what: of the appends that are under way, each has to follow the one right before it (rule E6). */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UnderWay } from '../../playground-server/transport/backplane/under-way.ts';
import { runs } from './support/runs.ts';

test('[E6] [B6] an append follows the highest lower one that is under way, in whatever order they come again', () => {
  const step = fc.record({ does: fc.constantFrom('add', 'add', 'remove'), number: fc.integer({ min: 1, max: 9 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const underWay = new UnderWay();
      const model = new Set<number>();
      for (const { does, number } of steps) {
        const lower = (than: number) => Math.max(0, ...[...model].filter((other) => other < than));
        expect([underWay.before(number), underWay.before()]).toEqual([lower(number), lower(Infinity)]);
        if (does === 'add') {
          underWay.add(number);
          model.add(number);
        } else {
          underWay.remove(number);
          model.delete(number);
        }
      }
    }),
    { numRuns: runs(500) },
  );
});
