/**
 * What a flood costs the page: 2 000 events in the log, 200 more a second for ten seconds, and a trace of every frame.
 *
 * Run it by hand on a machine that does nothing else, after `npm run build`: `node tests/bench/frames.ts [runs]`, five
 * runs unless said. With `--view-alone` the ten seconds happen once before, and are said again to the page in each run: then
 * server, process and client do not take the page's cores. Of each run it prints, and of all runs the median of:
 *
 * - `main`: CPU time of the page's main thread from one of its frames to the next, in ms, and how many took more than a
 *   frame at 60 Hz has. On a busy machine wall time measures the others.
 * - `fps`, and what the browser itself says became of each frame: `late` is one in which the compositor went on without
 *   the main thread's part, `dropped` one that nobody saw.
 * - `waited`: how long the main thread was ready to run and had no core (Linux only). What is dropped then is not the
 *   page's doing.
 * - `work`: CPU time of a fixed piece of work just before, in ms. Cores that share caches and a clock are slower while
 *   others are busy: with half as much again here, take a third off `main`.
 *
 * Tracing costs too: only the categories that say this are recorded.
 */

import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import type { Browser, CDPSession, Page } from 'playwright';
import type { WireEvent } from '../../playground-server/lab/wire.ts';
import { WireClient } from '../../playground-server/wire-client/index.ts';
import { openLesson } from '../browser/lesson-page.ts';
import { launchBrowser } from '../setup/browser.ts';
import { startServer } from '../setup/server.ts';
import { until } from '../setup/until.ts';
import { Replay } from './harness/replay.ts';

interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  /** Microseconds, as are all times in a trace. */
  ts: number;
  dur?: number;
  /** CPU time of the thread. */
  tdur?: number;
  args: {
    name?: string;
    frame_reporter?: { frame_sequence: number; state: string; affects_smoothness?: boolean };
  };
}

const frameMs = 1000 / 60;
const categories = ['disabled-by-default-devtools.timeline', 'disabled-by-default-devtools.timeline.frame'];

/** Records a trace while something is done. */
async function traced(devtools: CDPSession, job: () => Promise<void>): Promise<TraceEvent[]> {
  const events: TraceEvent[] = [];
  const take = ({ value }: { value: unknown[] }): void => void events.push(...(value as TraceEvent[]));
  devtools.on('Tracing.dataCollected', take);
  await devtools.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: categories },
  });
  await job();
  const complete = new Promise((resolve) => devtools.once('Tracing.tracingComplete', resolve));
  await devtools.send('Tracing.end');
  await complete;
  devtools.off('Tracing.dataCollected', take);
  return events;
}

/** CPU time of the main thread for each of its frames, in ms: the frame itself and all it does until the next. */
function busyByFrame(events: readonly TraceEvent[], pid: number): number[] {
  const frames = events.filter((event) => event.name === 'BeginMainThreadFrame' && event.pid === pid);
  const thread = frames[0]?.tid;
  const tasks = events.filter(({ name, pid: of, tid }) => name === 'RunTask' && of === pid && tid === thread);
  tasks.sort((a, b) => a.ts - b.ts);
  frames.sort((a, b) => a.ts - b.ts);
  const busy: number[] = [];
  let next = 0;
  for (const { ts, dur = 0, tdur = 0 } of tasks) {
    // The frame begins with the task that it is begun in.
    for (; (frames[next]?.ts ?? Number.POSITIVE_INFINITY) < ts + dur; next += 1) busy.push(0);
    if (busy.length > 0) busy[busy.length - 1] = (busy.at(-1) ?? 0) + tdur / 1000;
  }
  return busy;
}

/** What became of the frames: how many, by what the browser says of each. */
function fates(events: readonly TraceEvent[], pid: number): { shown: number; late: number; dropped: number } {
  const states = new Map<number, Set<string>>();
  for (const { name, ph, pid: of, args } of events) {
    const report = args?.frame_reporter;
    if (name !== 'PipelineReporter' || ph !== 'b' || of !== pid || !report) continue;
    const state = report.state === 'STATE_DROPPED' && !report.affects_smoothness ? 'unneeded' : report.state;
    states.set(report.frame_sequence, (states.get(report.frame_sequence) ?? new Set()).add(state));
  }
  const count = (is: (of: Set<string>) => boolean): number => [...states.values()].filter(is).length;
  return {
    shown: count((of) => of.has('STATE_PRESENTED_ALL')),
    late: count((of) => of.has('STATE_PRESENTED_PARTIAL') && !of.has('STATE_PRESENTED_ALL')),
    dropped: count(
      (of) => of.has('STATE_DROPPED') && !of.has('STATE_PRESENTED_ALL') && !of.has('STATE_PRESENTED_PARTIAL'),
    ),
  };
}

/** How long a process's first thread was ready to run without running so far, in ms; 0 where the system does not say. */
function waitedMs(pid: number): number {
  try {
    const [, waited = '0'] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ');
    return Number(waited) / 1e6;
  } catch {
    return 0;
  }
}

/** How slow a core is just now. */
function fixedWorkMs(): number {
  const before = process.cpuUsage();
  const kept = new Map<number, string>();
  for (let n = 0; n < 1_000_000; n += 1) kept.set(n % 1_000, `row ${n}`);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/** The process that draws the page: the busiest of its kind. */
async function rendererOf(browser: Browser): Promise<number> {
  const devtools = await browser.newBrowserCDPSession();
  const { processInfo } = await devtools.send('SystemInfo.getProcessInfo');
  const renderers = processInfo.filter(({ type }) => type === 'renderer').sort((a, b) => b.cpuTime - a.cpuTime);
  return renderers[0]?.id ?? 0;
}

/** Asks for every frame, as a page does in which something moves, and counts them. */
async function countFrames(page: Page): Promise<() => Promise<number>> {
  await page.evaluate(() => {
    const counted = { frames: 0 };
    Object.assign(window, { counted });
    const frame = (): void => {
      counted.frames += 1;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  const count = (): Promise<number> =>
    page.evaluate(() => (window as unknown as { counted: { frames: number } }).counted.frames);
  const before = await count();
  return async () => (await count()) - before;
}

const quantile = (values: readonly number[], part: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] ?? 0;

type Figures = Record<string, number>;

const print = (title: string, figures: Figures): void =>
  console.log(
    `${title.padEnd(8)}${Object.entries(figures)
      .map(([name, value]) => `${name} ${Number.isInteger(value) ? value : value.toFixed(1)}`)
      .join('   ')}`,
  );

const { values, positionals } = parseArgs({
  options: { 'view-alone': { type: 'boolean', default: false } },
  allowPositionals: true,
});
const runs = Number(positionals[0] ?? 5);
await using server = await startServer();
using replay = await Replay.before(server.origin);
const browser = await launchBrowser();
const lesson = await openLesson(browser, `${replay.origin}/playground/`, { reducedMotion: 'no-preference' });
const { page } = lesson;
await lesson.goOn('Open a session');
await page.locator('.seq-row').first().waitFor();
const client = new WireClient({
  endpoint: await page.evaluate(() => {
    const { lab } = JSON.parse(sessionStorage.getItem('lab-page') ?? '{}') as { lab: { endpoint: string } };
    return lab.endpoint;
  }),
  clientInfo: { name: 'flood', version: '1' },
  headers: () => ({}),
});
await client.open();
while ((await page.locator('.seq-missing', { hasText: 'are not kept' }).count()) === 0) {
  await client.request('tools/call', { name: 'chatter', arguments: { lines: 400 } });
  await until('the end of the call to be drawn', async () =>
    (await page.locator('.seq-row').last().textContent())?.includes('stream ends'),
  );
}

/** 100 events of a stream a second, each of which is written by the process and goes on to the client. */
async function flood(run: number): Promise<void> {
  for (let call = 0; call < 10; call += 1) {
    await client.request('tools/call', {
      name: 'count',
      arguments: { to: 100, everyMs: 10 },
      _meta: { progressToken: `${run}-${call}` },
    });
  }
}

let again: WireEvent[] = [];
if (values['view-alone']) {
  const before = (await lesson.wire()).at(-1)?.id ?? 0;
  await flood(0);
  again = (await lesson.wire()).filter(({ id }) => id > before);
}

const devtools = await page.context().newCDPSession(page);
const renderer = await rendererOf(browser);
const all: Figures[] = [];
for (let run = 1; run <= runs; run += 1) {
  const work = fixedWorkMs();
  let seconds = 0;
  let frames = 0;
  let waited = 0;
  const events = await traced(devtools, async () => {
    const counted = await countFrames(page);
    const began = performance.now();
    const waitedBefore = waitedMs(renderer);
    await (values['view-alone'] ? replay.say(again) : flood(run));
    waited = waitedMs(renderer) - waitedBefore;
    seconds = (performance.now() - began) / 1000;
    frames = await counted();
  });
  const busy = busyByFrame(events, renderer);
  const figures = {
    'main p50': quantile(busy, 0.5),
    p95: quantile(busy, 0.95),
    p99: quantile(busy, 0.99),
    max: Math.max(...busy),
    over: busy.filter((ms) => ms > frameMs).length,
    sum: busy.reduce((sum, ms) => sum + ms, 0),
    fps: frames / seconds,
    ...fates(events, renderer),
    waited,
    work,
    load: loadavg()[0] ?? 0,
  };
  all.push(figures);
  print(`run ${run}`, figures);
}
print(
  'median',
  Object.fromEntries(
    Object.keys(all[0] ?? {}).map((name) => [
      name,
      quantile(
        all.map((figures) => figures[name] ?? 0),
        0.5,
      ),
    ]),
  ),
);
await browser.close();
