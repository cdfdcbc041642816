import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fingerprint } from './fingerprint.js';
import { exclusively } from './lock.js';
import { root } from './project.js';
import { step } from './run.js';
import { stamp } from './stamp.js';

// Pages are built from the server's tables as well (deployments, errors, options), so its folder counts whole.
const inputs = [
  'astro.config.mjs',
  'content',
  'content.config.ts',
  'package-lock.json',
  'package.json',
  'playground-server',
  'scripts',
  'src',
  // The page of the contract lists the tests that prove it.
  'tests',
  'tsconfig.json',
];

/** Canonical URLs are part of the pages, so the same files make another site under another origin. */
const currentInputs = () => fingerprint(inputs, process.env.PUBLIC_ORIGIN);

const built = stamp('.cache/site-built');

/** Builds the site into `dist/`, unless what is there was built from the same files. */
export async function buildSiteIfChanged() {
  if (isUpToDate()) return;
  await exclusively('build', async () => {
    if (!isUpToDate()) await build();
  });
}

/** Builds the site into `dist/`. */
export function buildSite() {
  return exclusively('build', build);
}

async function build() {
  // Read before the build: a file that changes while it runs must count as not built.
  const from = currentInputs();
  built.clear();
  // Under Vitest NODE_ENV is "test", and then Vite would build the pages as for development, without their search.
  await step('Building the site', 'env', ['NODE_ENV=production', 'astro', 'build']);
  built.write(from);
}

function isUpToDate() {
  return existsSync(join(root, 'dist', 'index.html')) && built.matches(currentInputs());
}
