/** What a flood costs the page, counted: how often it is drawn, and how much of it is drawn again for what did not change. */

import { effect, type ReadonlySignal, signal } from '@preact/signals';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { WireEvent } from '../../playground-server/lab/wire.ts';
import { same } from '../../src/playground/model/rows.ts';
import { append, emptyLog } from '../../src/playground/model/wire-log.ts';
import { createFigureState } from '../../src/playground/view/figure-state.ts';
import { steady } from '../../src/playground/view/steady.ts';
import { createWireState } from '../../src/playground/view/wire-state.ts';
import { wireEvents } from './wire-events.ts';

/** Counts how often a signal tells those who read it that it changed. */
function changesOf(read: ReadonlySignal<unknown>): () => number {
  let runs = 0;
  effect(() => {
    void read.value;
    runs += 1;
  });
  return () => runs - 1;
}

describe('how often a log is drawn', () => {
  const frameMs = 16;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    vi.stubGlobal('requestAnimationFrame', (draw: () => void) => setTimeout(draw, frameMs));
    vi.stubGlobal('document', { visibilityState: 'visible' });
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  /** A page that receives one event after another. */
  function receiving() {
    const wire = createWireState();
    let id = 0;
    let atMs = 0;
    return {
      wire,
      drawings: changesOf(wire.log),
      receive: (count: number, everyMs: number) => {
        for (let n = 0; n < count; n += 1) {
          id += 1;
          atMs += everyMs;
          const event: WireEvent = { id, atMs, actor: 'p1', body: { type: 'session-found' } };
          wire.enqueue([event]);
          vi.advanceTimersByTime(everyMs);
        }
      },
    };
  }

  test('with the next frame, as long as a reader can follow', () => {
    const { wire, drawings, receive } = receiving();
    receive(100, 20);
    expect(drawings()).toBe(100);
    expect(wire.log.value.lastId).toBe(100);
  });

  test('in a flood some fifteen times a second, and to its last event', () => {
    const { wire, drawings, receive } = receiving();
    receive(200, 5);
    const before = drawings();
    receive(400, 5);
    const drawn = drawings() - before;
    expect(drawn).toBeLessThanOrEqual(40);
    expect(drawn).toBeGreaterThanOrEqual(28);
    vi.advanceTimersByTime(100);
    expect(wire.log.value.lastId).toBe(600);
    // What comes after it is drawn at once again.
    receive(1, 1000);
    expect(wire.log.value.lastId).toBe(601);
  });
});

describe('what is drawn again', () => {
  test('events of a stream change its rows, and neither heads nor what can be chosen', () => {
    const log = wireEvents();
    log.began();
    log.open('3f2a…9c', 'x1');
    log.request('x2', 'GET');
    log.attach('x2', '3f2a…9c', '1');
    const live = signal(append(emptyLog, log.events));
    const { items, boxes, store, sessions, empty, lifelines, selected } = createFigureState(live, () => 'single');
    const rows = changesOf(items);
    const others = [boxes, store, sessions, empty, lifelines, selected].map(changesOf);
    for (let n = 1; n <= 10; n += 1) {
      const from = log.events.length;
      log.write({ exchange: 'x2', session: '3f2a…9c', stream: '1' }, `id: 1.${n}\ndata: {}\n\n`, 'message', `1.${n}`);
      live.value = append(live.value, log.events.slice(from));
    }
    expect(rows()).toBe(10);
    expect(others.map((changes) => changes())).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test('a steady signal tells only of what says something else', () => {
    const source = signal(1);
    const odd = steady(() => ({ odd: source.value % 2 === 1 }));
    const changes = changesOf(odd);
    source.value = 3;
    expect(changes()).toBe(0);
    source.value = 4;
    expect(changes()).toBe(1);
    expect(odd.value).toEqual({ odd: false });
  });

  test('a set is the same only as itself', () => {
    const set = new Set(['open']);
    expect(same({ set }, { set })).toBe(true);
    expect(same({ set }, { set: new Set() })).toBe(false);
  });
});
