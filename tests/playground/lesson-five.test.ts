import { describe, expect, test } from 'vitest';
import recording from '../../content/recordings/fork-and-watch-it-break.json' with { type: 'json' };
import { noFaults } from '../../playground-server/lab/faults.ts';
import type { WireEvent } from '../../playground-server/lab/wire.ts';
import { lessons } from '../../src/lessons/index.ts';
import { type ActState, canAct, holderOf, nextAct, nextLabel } from '../../src/playground/model/acts.ts';
import { readAddress, writeAddress } from '../../src/playground/model/address.ts';
import { progressOf } from '../../src/playground/model/lesson.ts';
import { processesAfter } from '../../src/playground/model/processes.ts';
import { isLost, requestsOf } from '../../src/playground/model/requests.ts';
import { createTally } from '../../src/playground/model/tally.ts';
import { fieldsOf, readForm } from '../../src/playground/model/tool-form.ts';

const events = recording.events as unknown as readonly WireEvent[];
const lesson = lessons.find(({ id }) => id === 'fork-and-watch-it-break');
if (!lesson) throw new Error('There is no lesson 5.');

/** The log up to each of its events. */
const prefixes = events.map((_, index) => events.slice(0, index + 1));

describe('lesson 5, from the recorded wire', () => {
  test('its steps are done one after another, and none before its time', () => {
    const doneAt = lesson.steps.map((step) => prefixes.findIndex((before) => step.seen(before) !== undefined));
    expect(doneAt).not.toContain(-1);
    expect(doneAt).toEqual(doneAt.toSorted((a, b) => a - b));
    expect(new Set(doneAt).size).toBe(lesson.steps.length);
  });

  test('what is seen names those who lost: not those who lost later', () => {
    const [, lost, , none, again, , gone] = progressOf(lesson, events).map(({ seen }) => seen);
    expect(lost).toBe('404 from p2, p3 and p4');
    expect(none).toBe('0 of 4 lost, all in p3');
    expect(again).toBe('404 from p1, p2 and p4');
    expect(gone).toBe('404 from p1, p2, p3 and p4');
  });

  test('one call lost in one process is not enough, nor is a kept connection that goes to the wrong one', () => {
    const firstLoss = requestsOf(events).find((request) => isLost(request) && request.method === 'tools/call');
    const until = events.findIndex(
      ({ exchange, body }) => exchange === firstLoss?.exchange && body.type === 'response-end',
    );
    expect(lesson.steps[1]?.seen(events.slice(0, until + 1))).toBeUndefined();
    const kept = new Set(events.flatMap(({ connection, exchange }) => (connection === 'this-page' ? [exchange] : [])));
    const wrong = events.map((event): WireEvent => {
      if (!kept.has(event.exchange)) return event;
      if (event.body.type === 'response-head') return { ...event, body: { ...event.body, status: 404 } };
      if (event.body.type !== 'session-found') return event;
      return { ...event, body: { type: 'session-missing', reason: 'unknown' } };
    });
    expect(lesson.steps[3]?.seen(wrong)).toBeUndefined();
  });

  test('the tally is the 404s of the log, by pid', () => {
    const count = createTally();
    for (const event of events) count([event]);
    const { requests, lost, lostBy } = count([]);
    expect(requests).toBe(requestsOf(events).length);
    expect(lost).toBe(events.filter(({ body }) => body.type === 'response-head' && body.status === 404).length);
    expect(lostBy.reduce((sum, one) => sum + one.lost, 0)).toBe(lost);
    // Five: p3 and its successor are two.
    expect(new Set(lostBy.map(({ pid }) => pid)).size).toBe(lostBy.length);
    expect(lostBy.length).toBe(5);
  });
});

describe('what the one button offers', () => {
  const idle: ActState = {
    era: 'handshake',
    hasSession: true,
    listening: 0,
    broken: false,
    asked: false,
    faults: noFaults,
    connection: 'fresh',
    runner: undefined,
    holder: 'p3',
    running: new Set(),
  };
  const at = (done: number, state: Partial<ActState> = {}) => {
    const steps = lesson.steps.map((_, index) => ({ seen: index < done ? 'seen' : undefined, next: index === done }));
    return nextAct(lesson, steps, { ...idle, ...state });
  };

  test('the acts of a step, without those whose effect is there already', () => {
    expect(at(1)).toBe('whoami');
    expect(at(1, { connection: 'kept' })).toBe('fresh');
    expect(at(2)).toBe('keep');
    expect(at(2, { connection: 'kept' })).toBe('open');
    expect(at(4, { connection: 'kept' })).toBe('fresh');
    expect(at(5)).toBe('kill');
    expect(at(8)).toBe('open');
  });

  test('where a session is needed and there is none, to open one', () => {
    expect(at(3, { hasSession: false })).toBe('open');
    expect(at(5, { hasSession: false, holder: undefined })).toBe('open');
    expect(at(5, { hasSession: false })).toBe('kill');
    expect(canAct('kill', { ...idle, holder: undefined })).toBe(false);
  });

  test('the process that is killed is the one that holds the session of the page', () => {
    const boxes = processesAfter([], events);
    const [first, last] = requestsOf(events)
      .filter(({ table }) => table === 'created')
      .map(({ session }) => session)
      .slice(-2);
    // The first of the two died with its process.
    expect(holderOf(boxes, last)).toBe('p4');
    expect(boxes.some(({ sessions }) => sessions.some(({ id }) => id === first))).toBe(false);
    expect(nextLabel('kill', true, { ...idle, holder: 'p4' })).toBe('Kill p4');
  });
});

describe('the address', () => {
  test('says what was chosen, and nothing that is so at first', () => {
    const choice = readAddress(`?lesson=${lesson.id}`, lessons);
    expect(choice).toEqual({ lesson, deployment: 'forked', era: 'handshake', connection: 'fresh' });
    expect(writeAddress(choice)).toBe(`?lesson=${lesson.id}`);
    expect(writeAddress({ ...choice, deployment: 'single', connection: 'kept' })).toBe(
      `?lesson=${lesson.id}&deployment=single&connection=kept`,
    );
    const nothing = { lesson: undefined, deployment: 'single', era: 'handshake', connection: 'fresh' } as const;
    expect(writeAddress(nothing, '?theme=x&lesson=y')).toBe('?theme=x');
    expect(writeAddress({ ...nothing, era: 'modern' })).toBe('?era=modern');
    expect(readAddress('?era=modern', lessons)).toEqual({ ...nothing, era: 'modern' });
  });

  test.each(['?lesson=x', '?deployment=hasOwnProperty', '?connection=KEPT', '?lesson=&deployment='])(
    '%s: as at first',
    (search) => {
      expect(readAddress(search, lessons)).toEqual({
        lesson: undefined,
        deployment: 'single',
        era: 'handshake',
        connection: 'fresh',
      });
    },
  );
});

describe('a form from a schema', () => {
  const fields = fieldsOf({
    type: 'object',
    properties: {
      to: { type: 'integer', minimum: 1, maximum: 100, default: 3, description: 'How far' },
      name: { type: 'string', minLength: 1, maxLength: 4 },
      loud: { type: 'boolean', default: true },
      level: { enum: ['info', 'debug'] },
      share: { type: 'number', minimum: 0 },
      more: { type: 'object' },
    },
    required: ['name'],
  });

  test('what is left as it is: the defaults, and nothing where there is none', () => {
    expect(readForm(fields, { name: 'ada' })).toEqual({ args: { to: 3, name: 'ada', loud: true } });
  });

  test('every kind is read as what it is', () => {
    const written = { to: '7', name: '𝒶𝒷𝒸𝒹', loud: 'false', level: 'debug', share: '0.5', more: '{"a":[1]}' };
    expect(readForm(fields, written)).toEqual({
      args: { to: 7, name: '𝒶𝒷𝒸𝒹', loud: false, level: 'debug', share: 0.5, more: { a: [1] } },
    });
  });

  test.each([
    [{ to: '101', name: 'a' }, { to: 'From 1 to 100.' }],
    [{ to: '1.5', name: 'a' }, { to: 'A whole number is needed.' }],
    [{ to: 'x', name: 'a' }, { to: 'A number is needed.' }],
    [{ name: '' }, { name: 'A value is needed.' }],
    [{ name: 'abcde' }, { name: 'At most 4 characters; these are 5.' }],
    [{ name: 'a', level: 'loud' }, { level: 'Choose one of the list.' }],
    [{ name: 'a', share: '-1' }, { share: 'At least 0.' }],
    [{ name: 'a', more: '{' }, { more: 'This is not JSON.' }],
  ])('%j: %j', (values, faults) => {
    expect(readForm(fields, values as Record<string, string>)).toEqual({ faults });
  });
});
