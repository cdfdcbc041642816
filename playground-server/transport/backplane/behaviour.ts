/**
 * What every backplane has to do, as cases that any test runner can run: nothing here knows which one does.
 *
 *     for (const { title, run } of backplaneBehaviour(store)) test(title, run);
 *
 * A case needs a new, empty store, and asks it through two views, which stand for two processes.
 */

import { answerCases } from './behaviour/answers.ts';
import type { Case, Part, StoreUnderTest } from './behaviour/case.ts';
import { claimCases } from './behaviour/claims.ts';
import { expiryCases } from './behaviour/expiry.ts';
import { logCases } from './behaviour/logs.ts';
import { messageCases } from './behaviour/messages.ts';
import { retentionCases } from './behaviour/retention.ts';
import { runCases } from './behaviour/runs.ts';
import { sessionCases } from './behaviour/sessions.ts';
import { unfinishedCases } from './behaviour/unfinished.ts';

export type { OpenStore, StoreUnderTest } from './behaviour/case.ts';

export const behaviour: Readonly<Record<Part, readonly Case[]>> = {
  sessions: [...sessionCases, ...expiryCases, ...runCases, ...answerCases],
  logs: [...logCases, ...retentionCases, ...unfinishedCases],
  claims: claimCases,
  messages: messageCases,
};

export interface BehaviourCase {
  /** What the store has to do, in one sentence that begins with the part. */
  readonly title: string;
  /** The rules of the contract that rest on it. */
  readonly rules: readonly string[];
  /** Rejects where the store does something else, with what it did as `actual` and what it should have as `expected`. */
  run(): Promise<void>;
}

/** The cases that this store has to pass. Each opens a store of its own, so they may run in any order or at once. */
export function backplaneBehaviour(store: StoreUnderTest): BehaviourCase[] {
  return Object.entries(behaviour).flatMap(([part, cases]) =>
    cases
      .filter(({ needs }) => needs === undefined || store[needs])
      .map((each) => ({ title: `${part}: ${each.title}`, rules: each.rules, run: () => runCase(store, each) })),
  );
}

async function runCase(store: StoreUnderTest, { needs, run }: Case): Promise<void> {
  let time = 1_000_000;
  const open = await store.open(needs === 'settableClock' ? () => time : undefined);
  try {
    const pass = (ms: number): void => {
      time += ms;
    };
    await run({ one: await open.view(), two: await open.view(), pass });
  } finally {
    await open.close();
  }
}
