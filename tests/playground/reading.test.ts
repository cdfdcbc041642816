import { signal } from '@preact/signals';
import { describe, expect, test } from 'vitest';
import { filterFromText, filterRows, filterToText, sessionsIn } from '../../src/playground/model/filter.ts';
import { step, waiting } from '../../src/playground/model/freeze.ts';
import { foldFrom, type Group, groupInWords, groupRows } from '../../src/playground/model/groups.ts';
import { layout } from '../../src/playground/model/layout.ts';
import type { Row } from '../../src/playground/model/rows.ts';
import { rowInWords } from '../../src/playground/model/summary.ts';
import { append, emptyLog, type WireLog } from '../../src/playground/model/wire-log.ts';
import { createFigureState } from '../../src/playground/view/figure-state.ts';
import { wireEvents } from './wire-events.ts';

const session = '7be1…04';

/** A session in p2 and so many calls, round robin from p3 on: one in four finds it. */
function calls(count: number, tool = 'whoami') {
  const log = wireEvents();
  log.forked();
  log.openIn('p2', session, 'open');
  for (let i = 0; i < count; i += 1) {
    const number = ((i + 2) % 4) + 1;
    log.call(`call-${i}`, `p${number}`, session, number === 2, tool);
  }
  return log;
}

const words = (rows: readonly Row[]): string[] => rows.map(rowInWords);
const isGroup = (item: { kind: string }): item is Group => item.kind === 'group';

describe('folding what repeats', () => {
  test('a long run becomes one item, counted by what became of it and where', () => {
    const log = calls(10);
    log.call('after', 'p1', session, false, 'recall');
    const rows = layout(log.events);
    const items = groupRows(rows, { on: true });
    const groups = items.filter(isGroup);
    expect(groups.map(groupInWords)).toEqual(['10 × POST whoami: 2 answered, 8 lost']);
    expect(groups[0]?.processes.map(({ name, outcomes: { answered, lost } }) => [name, answered, lost])).toEqual([
      ['p1', 0, 2],
      ['p2', 2, 0],
      ['p3', 0, 3],
      ['p4', 0, 3],
    ]);
    expect(words(items.filter((item) => !isGroup(item)))).toEqual(words([...rows.slice(0, 2), ...rows.slice(-2)]));
  });

  test('never the newest run, never a short one, and nothing when it is off', () => {
    const newest = layout(calls(foldFrom * 3).events);
    expect(groupRows(newest, { on: true })).toBe(newest);
    const log = calls(foldFrom - 1);
    log.call('after', 'p1', session, false, 'recall');
    const short = layout(log.events);
    expect(groupRows(short, { on: true })).toBe(short);
    const long = calls(foldFrom);
    long.call('after', 'p1', session, false, 'recall');
    const rows = layout(long.events);
    expect(groupRows(rows, { on: true }).filter(isGroup)).toHaveLength(1);
    expect(groupRows(rows, { on: false })).toBe(rows);
  });

  test('a run is the newest until it is known that the next request is of another kind', () => {
    const log = calls(foldFrom);
    log.request('next', 'POST');
    const rows = layout(log.events);
    expect(groupRows(rows, { on: true })).toBe(rows);
    const body = '{"jsonrpc":"2.0","id":8,"method":"tools/list"}';
    log.add('router', { exchange: 'next' }, { type: 'request-body', body, bodyBytes: body.length });
    expect(groupRows(layout(log.events), { on: true }).filter(isGroup)).toHaveLength(1);
  });

  test('a group that is opened, or holds the row that is shown, is followed by its rows', () => {
    const log = calls(foldFrom);
    log.call('after', 'p1', session, false, 'recall');
    const rows = layout(log.events);
    const id = groupRows(rows, { on: true }).find(isGroup)?.id ?? 0;
    const opened = groupRows(rows, { on: true, opened: new Set([id]) });
    expect(opened.filter((item) => !isGroup(item))).toEqual(rows);
    const selected = groupRows(rows, { on: true, selected: rows[5]?.id });
    expect(selected.filter((item) => !isGroup(item))).toEqual(rows);
    expect(selected.find(isGroup)).toMatchObject({ id, open: true });
  });

  test('what happens in between ends a run', () => {
    const log = calls(foldFrom - 1);
    log.add('supervisor', {}, { type: 'connection-mode-changed', connection: 'kept' });
    for (let i = 0; i < foldFrom - 1; i += 1) log.call(`more-${i}`, 'p1', session, false);
    log.call('after', 'p1', session, false, 'recall');
    expect(groupRows(layout(log.events), { on: true }).filter(isGroup)).toEqual([]);
  });
});

describe('showing a part', () => {
  const log = calls(4);
  log.openIn('p1', '3f2a…9c', 'other');
  log.kill('p4', 41216, 41300);
  const rows = layout(log.events);

  test('one session, one process, only failures: whole exchanges, and what concerns them', () => {
    expect(sessionsIn(rows)).toEqual([session, '3f2a…9c']);
    expect(words(filterRows(rows, { by: 'session', session: '3f2a…9c' }))).toEqual([
      'you to p1: POST initialize, session created',
      'p1 to you: 200 Mcp-Session-Id: 3f2a…9c',
    ]);
    expect(words(filterRows(rows, { by: 'process', process: 'p4' }))).toEqual([
      'you to p4: POST whoami, session not here',
      'p4 to you: 404 Session not found',
      'kill p4: SIGKILL to pid 41216',
      'p4 ended (pid 41216, SIGKILL)',
      'p4 starts again as pid 41300, no sessions',
    ]);
    expect(words(filterRows(rows, { by: 'failures' }))).toEqual([
      'you to p3: POST whoami, session not here',
      'p3 to you: 404 Session not found',
      'you to p4: POST whoami, session not here',
      'p4 to you: 404 Session not found',
      'you to p1: POST whoami, session not here',
      'p1 to you: 404 Session not found',
      'p4 ended (pid 41216, SIGKILL)',
    ]);
    expect(filterRows(rows, { by: 'all' })).toBe(rows);
  });

  test('a filter survives a form', () => {
    for (const filter of [
      { by: 'all' },
      { by: 'failures' },
      { by: 'session', session },
      { by: 'process', process: 'p3' },
    ] as const) {
      expect(filterFromText(filterToText(filter))).toEqual(filter);
    }
    expect(filterFromText('nonsense')).toEqual({ by: 'all' });
  });
});

describe('standing still', () => {
  /** A log with the first `count` rows' events, and the whole of it. */
  function halted(): { frozen: { log: WireLog }; live: WireLog } {
    const first = calls(1);
    const all = calls(4);
    return { frozen: { log: append(emptyLog, first.events) }, live: append(emptyLog, all.events) };
  }

  test('a step brings one row, with all that belongs to it', () => {
    const { frozen, live } = halted();
    const before = layout(frozen.log.events);
    expect(waiting(frozen, live)).toBe(live.lastId - frozen.log.lastId);
    const once = step(frozen, live);
    const rows = layout(once.log.events);
    expect(words(rows.slice(before.length))).toEqual(['you to p4: POST whoami, session not here']);
    const twice = step(once, live);
    expect(words(layout(twice.log.events).slice(rows.length))).toEqual(['p4 to you: 404 Session not found']);
  });

  test('stepping ends where the log does, with nothing left to wait', () => {
    const { frozen, live } = halted();
    let now = frozen;
    for (let i = 0; i < 6; i += 1) now = step(now, live);
    expect(waiting(now, live)).toBe(0);
    expect(layout(now.log.events)).toEqual(layout(live.events));
    expect(step(now, live)).toBe(now);
  });

  test('events that left the log while the figure stood still are counted as missing', () => {
    const { frozen, live } = halted();
    const short = append(frozen.log, live.events.slice(frozen.log.events.length), 20);
    const next = step(frozen, short);
    expect(next.log.missing).toBe((short.events[0]?.id ?? 0) - frozen.log.lastId - 1);
    expect(next.log.missing).toBeGreaterThan(0);
  });

  test('a figure that is paused does not change; its log goes on, and it says how much waits', () => {
    const events = calls(4).events;
    const live = signal(append(emptyLog, events.slice(0, 20)));
    const figure = createFigureState(live, () => 'forked');
    figure.pauseOrGoOn();
    const { value: rows } = figure.rows;
    const { value: boxes } = figure.boxes;
    live.value = append(live.value, events.slice(20));
    expect([figure.rows.value, figure.boxes.value]).toEqual([rows, boxes]);
    expect(figure.waiting.value).toBe(events.length - 20);
    figure.pauseOrGoOn();
    expect(figure.rows.value).toEqual(layout(events));
    expect(figure.waiting.value).toBe(0);
  });
});

describe('a figure', () => {
  test('lanes stand ready before anything ran; one process has no router before it', () => {
    const empty = signal(emptyLog);
    const lanes = (deployment: string) =>
      createFigureState(empty, () => deployment).lifelines.value.lanes.map(({ lane }) => lane);
    expect(lanes('forked')).toEqual(['you', 'router', 'p1', 'p2', 'p3', 'p4']);
    expect(lanes('single')).toEqual(['you', 'p1']);
    const { lifelines } = createFigureState(empty, () => 'forked');
    const [p1, p2, p3, p4] = (['p1', 'p2', 'p3', 'p4'] as const).map((name) => lifelines.value.at(name));
    expect([p2, p3, p4].every((x, index) => Math.abs((x ?? 0) - ([p1, p2, p3][index] ?? 0) - 16.4) < 0.01)).toBe(true);
  });

  test('a group opens and closes, and takes what is shown in it along', () => {
    const log = calls(8);
    log.call('after', 'p1', session, false, 'recall');
    const figure = createFigureState(signal(append(emptyLog, log.events)), () => 'forked');
    expect(figure.items.value.some(isGroup)).toBe(false);
    figure.setFoldable(true);
    const { id = 0 } = figure.items.value.find(isGroup) ?? {};
    const folded = figure.items.value.length;
    figure.toggleGroup(id, false);
    expect(figure.items.value.length).toBe(folded + 16);
    figure.toggle(figure.rows.value[4]?.id ?? 0);
    expect(figure.selected.value).toMatchObject({ exchange: 'call-1' });
    figure.toggleGroup(id, true);
    expect(figure.selectedId.value).toBeUndefined();
    expect(figure.items.value.length).toBe(folded);
  });

  test('another lab is another log: nothing of what was chosen stays', () => {
    const live = signal(append(emptyLog, calls(2).events));
    const figure = createFigureState(live, () => 'forked');
    figure.pauseOrGoOn();
    figure.filter.value = { by: 'failures' };
    figure.toggle(figure.rows.value[0]?.id ?? 0);
    figure.reset();
    expect([figure.paused.value, figure.filter.value, figure.selectedId.value]).toEqual([
      false,
      { by: 'all' },
      undefined,
    ]);
  });
});
