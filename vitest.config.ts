import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// Vitest's native loader, not Vite's module runner: Node runs the .ts files as they are, exactly as it does in
// production, so a stack trace, an `import.meta.url` and a forked worker mean the same thing in a test.
const native = { experimental: { viteModuleRunner: false, nodeLoader: false } } as const;

// Every test file, and every process that one starts, runs in a Node of its own: it takes what it needs as another one has
// left it, types stripped and compiled.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('.cache/compiled/', import.meta.url));

// Everything waits for conditions; these only bound a failure on a slow machine.
const bounds = { testTimeout: 60_000, hookTimeout: 180_000 } as const;

/** What has nothing to say of a store. */
const notAboutStores = [
  // About these stores already, or all of them, whatever the run.
  'tests/contract/{backplane,shared}*.test.ts',
  // Nothing here reaches a store.
  'tests/contract/{cors,era,fetch,guards,node-adapter,inputs,options,portable,request-state}.test.ts',
  'tests/contract/{guards,json-rpc,modern-headers,request-state,sse,unlogged}.property.test.ts',
  // About memory: what is held in it, and what it costs.
  'tests/contract/{fuzz,fuzz-mutations,memory,modern-memory,stalled-reader-memory,subscriptions-readers}.test.ts',
];

/** What requests that are spread over three processes have nothing to say of. */
const notForSeveral = [
  // About processes and stores already, whatever the run.
  'tests/contract/{backplane,shared}*.test.ts',
  // About a store that only the test's own process has.
  'tests/contract/{slow-store.test,replay.property.test}.ts',
  // About the end of one instance.
  'tests/contract/drain.test.ts',
  // Nothing here reaches a store.
  'tests/contract/{cors,era,fetch,guards,node-adapter,inputs,options,portable}.test.ts',
  'tests/contract/{guards,json-rpc,modern-headers,request-state,sse,unlogged}.property.test.ts',
  // About memory: what is held in it, and what it costs.
  'tests/contract/{fuzz,fuzz-mutations,memory,modern-memory,stalled-reader-memory,subscriptions-readers}.test.ts',
];

export default defineConfig({
  test: {
    pool: 'forks',
    projects: [
      {
        test: {
          name: 'server',
          include: ['tests/{conformance,contract,faults,house,http,interop,lab,lessons,mcp}/**/*.test.ts'],
          globalSetup: ['tests/setup/redis-for-all.ts'],
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          ...native,
          ...bounds,
        },
      },
      {
        // The contract once more, over the fetch adapter behind a small bridge: see tests/contract/support/serve.ts.
        test: {
          name: 'contract-fetch',
          include: ['tests/contract/**/*.test.ts'],
          exclude: [
            // About the other adapter.
            'tests/contract/node-adapter.test.ts',
            // About this adapter, without a server: it runs with the others.
            'tests/contract/fetch.test.ts',
            // About stores.
            'tests/contract/{backplane,shared}*.test.ts',
            // Nothing here passes through an adapter: pure functions, options, the source itself, and exchanges in memory.
            'tests/contract/{guards,json-rpc,modern-headers,request-state,sse,unlogged}.property.test.ts',
            'tests/contract/{inputs,memory,modern-memory,options,portable,stalled-reader-memory}.test.ts',
          ],
          env: { ADAPTER: 'fetch' },
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          ...native,
          ...bounds,
        },
      },
      {
        // The contract once more, with every session and event in a SQLite file: see tests/contract/support/store.ts.
        test: {
          name: 'contract-sqlite',
          include: ['tests/contract/**/*.test.ts'],
          exclude: notAboutStores,
          env: { STORE: 'sqlite' },
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          ...native,
          ...bounds,
        },
      },
      {
        // And once more in Redis.
        test: {
          name: 'contract-redis',
          include: ['tests/contract/**/*.test.ts'],
          exclude: [
            ...notAboutStores,
            // Here the clock is the test's, and a store that answers later goes by it.
            'tests/contract/stalled-reader.test.ts',
            // What 30 MB at a time do to a connection: they take two cores longer than a store may take to answer.
            'tests/contract/back-pressure.test.ts',
          ],
          env: { STORE: 'redis' },
          globalSetup: ['tests/setup/redis-for-all.ts'],
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          ...native,
          ...bounds,
        },
      },
      {
        // The contract once more, with requests spread over three processes: see tests/contract/support/spread.
        test: {
          name: 'contract-spread',
          include: ['tests/contract/**/*.test.ts'],
          exclude: notForSeveral,
          env: { STORE: 'sqlite', SPREAD: '3' },
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          ...native,
          ...bounds,
        },
      },
      {
        // The same in Redis.
        test: {
          name: 'contract-spread-redis',
          include: ['tests/contract/**/*.test.ts'],
          exclude: [...notForSeveral, 'tests/contract/back-pressure.test.ts'],
          globalSetup: ['tests/setup/redis-for-all.ts'],
          env: { STORE: 'redis', SPREAD: '3' },
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          ...native,
          ...bounds,
        },
      },
      {
        // Page code, which may hold JSX: Vite compiles it, as it does for the page.
        test: {
          name: 'site',
          include: ['tests/{playground,site,snippets}/**/*.test.{ts,tsx}'],
          globalSetup: ['tests/setup/built-site.ts'],
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          ...bounds,
        },
      },
      {
        // A browser and the processes behind it want both cores: last, and one file at a time.
        test: {
          name: 'browser',
          include: ['tests/browser/**/*.test.ts'],
          globalSetup: ['tests/setup/built-site.ts'],
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
          ...native,
          ...bounds,
        },
      },
    ],
  },
});
