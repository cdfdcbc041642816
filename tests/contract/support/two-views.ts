import type { StoreUnderTest } from '../../../playground-server/transport/backplane/behaviour.ts';
import type { Backplane } from '../../../playground-server/transport/index.ts';

/** A new store, as two processes see it; `pass` lets its clock go on, where it is settable. */
export async function onTwoViews(
  store: StoreUnderTest,
  run: (views: [Backplane, Backplane], pass: (ms: number) => void) => Promise<void>,
): Promise<void> {
  let now = 1_000_000;
  const open = await store.open(store.settableClock ? () => now : undefined);
  try {
    const pass = (ms: number): void => {
      now += ms;
    };
    await run([await open.view(), await open.view()], pass);
  } finally {
    await open.close();
  }
}
