import { beforeAll, describe, expect, test } from 'vitest';
import type { FixtureServer } from './fixture-server.ts';
import { type Check, listScenarios, runServerSuite, type SuiteRun } from './suite.ts';

export interface Wire {
  version: string;
  /** Over all scenarios that exist at this version. */
  expected: { passed: number; info: number };
  /** How many checks of a scenario may be mere information, and why. */
  information: { [scenario: string]: number };
  /** Scenarios that a requirement set runs along without counting them, and why we do not pass them. */
  leftOut: { [scenario: string]: string };
}

/** One test per scenario, from one run of the suite for each way to select them. */
export async function conformsOn(
  { version, expected, information, leftOut }: Wire,
  start: () => Promise<FixtureServer>,
): Promise<void> {
  const runs: [title: string, options: string[]][] = [
    [`--suite all on the wire of ${version}`, ['--suite', 'all', '--spec-version', version]],
    [`--requirements ${version}`, ['--requirements', version]],
  ];
  for (const [title, options] of runs) {
    const listed = await listScenarios(...options.filter((option) => option !== '--suite' && option !== 'all'));
    describe(title, () => {
      let run: SuiteRun;
      beforeAll(async () => {
        await using server = await start();
        run = await runServerSuite(server.url, ...options);
      });

      test.each(listed)('%s', (scenario) => {
        const checks = run.scenarios.get(scenario) ?? [];
        expect(checks.filter(isObjection)).toEqual([]);
        expect(count(checks, 'SUCCESS')).toBeGreaterThan(0);
        expect(count(checks, 'INFO')).toBe(information[scenario] ?? 0);
      });

      test('objects to nothing but what is left out by name, and the suite itself is content', () => {
        expect(listed.length).toBeGreaterThan(0);
        const objectedTo = [...run.scenarios].filter(([, checks]) => checks.some(isObjection)).map(([name]) => name);
        expect(objectedTo.toSorted()).toEqual(options.includes('all') ? [] : Object.keys(leftOut).toSorted());
        expect(run.exitCode, run.output.slice(-2000)).toBe(0);
      });

      if (options.includes('all')) {
        test(`passes ${expected.passed} checks, with ${expected.info} of information`, () => {
          const all = [...run.scenarios.values()].flat();
          expect({ passed: count(all, 'SUCCESS'), info: count(all, 'INFO') }).toEqual(expected);
          expect(all.length).toBe(expected.passed + expected.info);
        });
      }
    });
  }
}

/** A warning and a skipped check are one: the suite prints a tick for them. */
const isObjection = ({ status }: Check): boolean => status !== 'SUCCESS' && status !== 'INFO';

const count = (checks: readonly Check[], status: Check['status']): number =>
  checks.filter((check) => check.status === status).length;
