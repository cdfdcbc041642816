import { vi } from 'vitest';

const soaks = Boolean(process.env.SOAK);
if (soaks) vi.setConfig({ testTimeout: 600_000 });

/** How often a property is tried: `SOAK=1` tries twenty times as often, and gives each test the time for it. */
export const runs = (usual: number): number => (soaks ? usual * 20 : usual);
