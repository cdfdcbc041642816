import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { problems } from '../../playground-server/http/problem.ts';
import { deployments } from '../../playground-server/lab/deployments.ts';
import { faultBounds } from '../../playground-server/lab/faults.ts';
import { defaultLabLimits } from '../../playground-server/lab/lab-limits.ts';
import { apiProblems } from '../../src/reference/lab-api.ts';
import { readBuilt } from './built-site.ts';
import { bare, textOf } from './reference-text.ts';

const html = /<main[\s\S]*<\/main>/.exec(readBuilt('/reference/lab-api/index.html'))?.[0] ?? '';
const text = textOf(html);
const words = (value: number) => String(value).replace(/\B(?=(\d{3})+$)/g, ' ');

test('the errors are those of the server, with their status and title', () => {
  const listed = apiProblems.map(({ name, status, title }) => [name, { status, title }]);
  expect(Object.fromEntries(listed)).toEqual(problems);
  for (const { name, status, title } of apiProblems) expect(bare(text)).toContain(bare(`${status}${name}${title}`));
});

test('the deployments are those that the server starts', () => {
  for (const { id, processes, shows, field } of deployments) {
    expect(bare(text)).toContain(bare(`${id}${processes}${shows}${field}`));
  }
});

test('every address that the server serves is on the page, and no other', () => {
  const source = readFileSync(
    fileURLToPath(new URL('../../playground-server/http/labs-api.ts', import.meta.url)),
    'utf8',
  );
  const served = [...source.matchAll(/pattern: '([^']+)'/g)].map(([, pattern = '']) => pattern);
  expect(served.length).toBeGreaterThan(5);
  const tails = served.map((pattern) => pattern.replace(':id', '<id>').replace(':name', '<name>'));
  for (const tail of tails) expect(text).toContain(tail.replace(/^\/api\/labs\/<id>(?=\/(?!wire))/, '…'));
  const named = [...text.matchAll(/(?:GET|POST|PATCH|DELETE|ANY) ((?:…)?\/[\w/<>]+)/g)].map(([, path = '']) => path);
  for (const path of named) expect(tails.map((tail) => tail.endsWith(path.replace('…', '')))).toContain(true);
});

test('the numbers are those of the code', () => {
  const { idleTimeoutMs, maxAgeMs, labsPerAddress, creationsPerMinute, requestsPerSecond, sessionsPerLab } =
    defaultLabLimits;
  for (const said of [
    `ends after ${idleTimeoutMs / 60_000} min without use, and after ${maxAgeMs / 60_000} min in any case`,
    `${requestsPerSecond} requests a second, ${sessionsPerLab} sessions, ${defaultLabLimits.heapMegabytes} MB of heap`,
    `may have ${labsPerAddress} labs and start ${creationsPerMinute} in a minute`,
    `keeps ${words(defaultLabLimits.wireEvents)} events or ${defaultLabLimits.wireBytes / 2 ** 20} MiB`,
    `ms , 0 to ${words(faultBounds.delayMs)}`,
    `bytes , 0 to ${words(faultBounds.bufferBytes)}`,
    `ms , 0 to ${words(faultBounds.cutIdleMs)}`,
  ]) {
    expect(bare(text)).toContain(bare(said));
  }
});
