/**
 * `npm run dev`: the pages from Astro's dev server, with hot reload, and the playground server behind it, restarted by
 * Node when one of its files changes. A reader sees one origin: astro.config.mjs hands /mcp, /api and /labs on to
 * PLAYGROUND_ORIGIN.
 */

import { createServer } from 'node:net';
import { installIfChanged } from './lib/packages.js';
import { projectNode } from './lib/project.js';
import { launch, runScript } from './lib/run.js';

await runScript(async () => {
  await installIfChanged();
  const node = projectNode();
  const port = process.env.PORT ?? '4321';
  const playgroundPort = String(await freePort());

  const halves = [
    launch(node, ['--watch', '--watch-preserve-output', 'playground-server/main.ts', 'serve'], {
      // The public origin is Astro's: it is what a lab's endpoint must name.
      env: { HOST: '127.0.0.1', PORT: playgroundPort, PUBLIC_ORIGIN: `http://localhost:${port}` },
    }),
    launch('astro', ['dev', '--port', port], { env: { PLAYGROUND_ORIGIN: `http://127.0.0.1:${playgroundPort}` } }),
  ];
  // Half of it is of no use: when one ends, so does the other.
  for (const half of halves) {
    half.on('exit', (code) => {
      process.exitCode ||= code ?? 0;
      for (const other of halves) other.kill('SIGTERM');
    });
  }
});

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer().on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
