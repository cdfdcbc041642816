import { expect, test } from 'vitest';
import { Turns } from '../../playground-server/lab/turns.ts';

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('so many at once, the others one by one in the order in which they came', async () => {
  const turns = new Turns(2);
  const held: Disposable[] = [];
  const entered: number[] = [];
  const enter = async (n: number): Promise<void> => {
    held.push(await turns.take());
    entered.push(n);
  };
  for (const n of [1, 2, 3, 4]) void enter(n);
  await settled();
  expect(entered).toEqual([1, 2]);
  held[0]?.[Symbol.dispose]();
  // Who comes now stands behind those that wait.
  void enter(5);
  await settled();
  expect(entered).toEqual([1, 2, 3]);
  for (const turn of held.splice(1)) turn[Symbol.dispose]();
  await settled();
  expect(entered).toEqual([1, 2, 3, 4, 5]);
  for (const turn of held.splice(1)) turn[Symbol.dispose]();
  void enter(6);
  await settled();
  expect(entered).toEqual([1, 2, 3, 4, 5, 6]);
});
