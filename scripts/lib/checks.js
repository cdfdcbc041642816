import { capture } from './run.js';

/** @type {{ name: string, command: string, args: string[] }[]} */
const checks = [
  { name: 'format and lint', command: 'biome', args: ['check', '--error-on-warnings', '--diagnostic-level=warn', '.'] },
  { name: 'types', command: 'astro', args: ['check', '--minimumSeverity', 'warning'] },
  { name: 'dead code', command: 'knip', args: ['--treat-config-hints-as-errors'] },
];

/**
 * Runs all checks side by side, even when one fails, and shows the output of those that do.
 *
 * @returns {Promise<string[]>} the names of those that failed
 */
export async function runChecks() {
  const results = await Promise.all(
    checks.map(async ({ name, command, args }) => {
      const { ok, output } = await capture(command, args);
      console.log(
        ok ? `Checked: ${name}` : `${output.trim()}\n\nCheck failed: ${name} (${[command, ...args].join(' ')})`,
      );
      return { name, ok };
    }),
  );
  return results.filter((result) => !result.ok).map((result) => result.name);
}
