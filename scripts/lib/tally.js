import { readFileSync } from 'node:fs';

/** @typedef {{ passed: number, failed: number, skipped: number }} Tally counts of test cases */

/**
 * Counts the test cases of a Vitest run. What fails outside a test case - a file that cannot be loaded, a hook, an
 * unhandled error - counts as one failure, so that nothing red adds up to zero.
 *
 * @param {string} reportPath the report of Vitest's `json` reporter
 * @param {boolean} ok whether Vitest exited with 0
 * @returns {Tally}
 */
export function tallyVitest(reportPath, ok) {
  /** @type {{ testResults: { status: string, assertionResults: { status: string }[] }[] }} */
  let report;
  try {
    report = JSON.parse(readFileSync(reportPath, 'utf8'));
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const tally = { passed: 0, failed: 0, skipped: 0 };
  for (const file of report.testResults) {
    const statuses = file.assertionResults.map((test) => test.status);
    const failed = statuses.filter((status) => status === 'failed').length;
    const passed = statuses.filter((status) => status === 'passed').length;
    tally.passed += passed;
    tally.skipped += statuses.length - passed - failed;
    tally.failed += file.status === 'failed' ? Math.max(failed, 1) : failed;
  }
  if (!ok && tally.failed === 0) tally.failed = 1;
  return tally;
}

/**
 * The last line of `npm test`.
 *
 * @param {Tally} tally
 * @returns {string} e.g. `12 passed, 0 failed`
 */
export function tallyLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
