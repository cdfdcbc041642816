import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The quick ones first, for the first test that fails is the last that runs. Vitest starts with those that take longest. */
class QuickFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]) {
    return (await super.sort(files)).reverse();
  }
}

/**
 * The tests that judge mutants: the contract against the transport in memory, the stores, and the lab's router. One
 * project, because mutants are switched on in the process of the tests: what starts processes of its own is not among
 * them, nor what measures memory, nor what takes chance and time.
 */
export default defineConfig({
  test: {
    include: ['tests/contract/**/*.test.ts', 'tests/lab/{choice,connections,relay,router,turns}.test.ts'],
    exclude: [
      'tests/contract/shared-{processes,torture}.test.ts',
      'tests/contract/backplane-cluster.test.ts',
      'tests/contract/{fuzz,fuzz-mutations,memory,modern-memory,stalled-reader-memory,portable}.test.ts',
    ],
    globalSetup: ['tests/setup/redis-for-all.ts'],
    experimental: { viteModuleRunner: false, nodeLoader: false },
    isolate: false,
    sequence: { sequencer: QuickFirst },
    // Of what hangs when it is changed, no test takes as long unchanged.
    testTimeout: 8_000,
    hookTimeout: 15_000,
  },
});
