import { vi } from 'vitest';

const soaks = Boolean(process.env.SOAK);
if (soaks) vi.setConfig({ testTimeout: 600_000 });

/** How often a property is tried: `SOAK=1` tries twenty times as often, and gives each test the time for it. */
export const runs = (usual: number): number => (soaks ? usual * 20 : usual);

/**
 * For tests whose course depends on timing as well: the same cases each time, so that what fails can be tried again. With
 * `SOAK=1` other cases each time; fast-check names the seed of those that fail.
 */
export const seeded = (usual: number): { numRuns: number; seed?: number } =>
  soaks ? { numRuns: runs(usual) } : { numRuns: usual, seed: 20_251_125 };
