/**
 * The figures of the page on Ruby that were taken with the stand-in for the gem. `MEASURE=1` takes them anew, in about
 * a minute, and writes them into content/measurements; else what is there is held to its own runs.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { Client } from '../contract/support/client.ts';
import type { RunningProxy } from '../setup/proxy.ts';
import { ask } from './proxied.ts';
import { pumaOf, pumaWorkers, stateless, unicornWorkers } from './ruby-servers.ts';

interface Figures {
  of: number;
  rows: { server: string; answered: string; lost: string; runs: number[] }[];
}
const file = fileURLToPath(new URL('../../content/measurements/ruby-servers.json', import.meta.url));
const figures = JSON.parse(readFileSync(file, 'utf8')) as Figures;

/** In the order of the rows. */
const setups: (() => Promise<RunningProxy>)[] = [
  () => pumaOf(),
  () => pumaWorkers(1),
  () => pumaWorkers(2),
  () => unicornWorkers(1),
  () => unicornWorkers(4),
  () => pumaWorkers(2, { app: stateless }),
  () => unicornWorkers(4, { app: stateless }),
];

const range = (runs: number[]) => [...new Set([Math.min(...runs), Math.max(...runs)])].join(' to ');

async function answered(start: () => Promise<RunningProxy>): Promise<number> {
  await using server = await start();
  const session = (await new Client(server.port).initialize()).headers['mcp-session-id'];
  let found = 0;
  for (let call = 0; call < figures.of; call++) {
    if ((await ask(server, String(session ?? 'none'))).status === 200) found++;
  }
  return found;
}

if (process.env.MEASURE === '1') {
  test('taken anew: read the rows, and the date, before they are committed', { timeout: 300_000 }, async () => {
    const rows: Figures['rows'] = [];
    for (const [index, row] of figures.rows.entries()) {
      const runs: number[] = [];
      for (let run = 0; run < 6; run++) runs.push(await answered(setups[index] as () => Promise<RunningProxy>));
      const lost = range(runs.map((found) => figures.of - found));
      rows.push({ ...row, answered: range(runs), lost, runs });
    }
    writeFileSync(file, `${JSON.stringify({ ...figures, rows }, null, 2)}\n`);
  });
} else {
  test('what the rows say is what the runs say', () => {
    for (const { answered, lost, runs } of figures.rows) {
      expect(answered).toBe(range(runs));
      expect(lost).toBe(range(runs.map((found) => figures.of - found)));
    }
  });
}
