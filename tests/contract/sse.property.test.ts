import { createParser, type EventSourceMessage } from 'eventsource-parser';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  encodeComment,
  encodeEvent,
  encodeMessage,
  encodePrime,
  encodeRetry,
} from '../../playground-server/transport/sse.ts';
import { runs } from './support/runs.ts';

interface Read {
  events: EventSourceMessage[];
  retries: number[];
  comments: string[];
}

/** What a client reads, when the text comes in pieces that end at these places. */
function read(text: string, cuts: number[] = []): Read {
  const all: Read = { events: [], retries: [], comments: [] };
  const parser = createParser({
    onEvent: (event) => all.events.push(event),
    onRetry: (ms) => all.retries.push(ms),
    onComment: (comment) => all.comments.push(comment),
    onError: (error) => {
      throw error;
    },
  });
  let from = 0;
  for (const cut of [...cuts, text.length].sort((a, b) => a - b)) {
    parser.feed(text.slice(from, cut));
    from = Math.max(from, cut);
  }
  return all;
}

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: fc.constantFrom('\n', '\r', '\0', ':', ' ', 'a', 'data', 'id: 1', '\u2028', 'ä', '😀') }),
);
const oneLine = text.map((value) => value.replace(/[\r\n\0]/g, ''));
const cuts = fc.array(fc.nat(400), { maxLength: 20 });

test('[E6] any event that can be encoded is read back as it was, however it is cut', () => {
  const event = fc.record({ id: oneLine, event: oneLine, data: text, retryMs: fc.nat() }, { requiredKeys: ['data'] });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 5 }), cuts, (events, at) => {
      const got = read(events.map(encodeEvent).join(''), at);
      // An empty data line dispatches nothing in a browser; this parser reports it, as an event without data.
      const expected = events.map(({ id, event: name, data }) => ({
        id,
        event: name || undefined,
        data: data.replace(/\r\n?/g, '\n'),
      }));
      expect(got.events.map(({ id, event: name, data }) => ({ id, event: name, data }))).toEqual(expected);
      expect(got.retries).toEqual(events.flatMap(({ retryMs }) => (retryMs === undefined ? [] : [retryMs])));
      expect(got.comments).toEqual([]);
    }),
    { numRuns: runs(500) },
  );
});

test('[E6] CR, LF and NUL cannot enter id or event, wherever they stand', () => {
  fc.assert(
    fc.property(oneLine, oneLine, fc.constantFrom('\r', '\n', '\0', '\r\n'), (before, after, bad) => {
      expect(() => encodeEvent({ id: before + bad + after })).toThrow(TypeError);
      expect(() => encodeEvent({ event: before + bad + after, data: '' })).toThrow(TypeError);
    }),
    { numRuns: runs(200) },
  );
});

test('a retry that is not a whole number of milliseconds throws', () => {
  for (const retryMs of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => encodeEvent({ retryMs })).toThrow(/retryMs must be a whole number/);
  }
});

test('[E6] any JSON message is one event with its id and the very same JSON', () => {
  fc.assert(
    fc.property(
      fc.json({ stringUnit: 'binary' }),
      fc.option(fc.nat(), { nil: undefined }),
      cuts,
      (json, number, at) => {
        const id = number === undefined ? undefined : `1.${number}`;
        const message = JSON.stringify(JSON.parse(json));
        expect(read(encodeMessage(id, message), at)).toEqual({
          events: [{ id, event: undefined, data: message }],
          retries: [],
          comments: [],
        });
      },
    ),
    { numRuns: runs(300) },
  );
});

test('[E1] priming sets id and retry and carries no data', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), (number, retryMs) => {
      const prime = encodePrime(`0.${number}`, retryMs);
      expect(prime).toBe(encodeEvent({ id: `0.${number}`, retryMs, data: '' }));
      expect(prime.split('\n')).toContain('data:');
      const { events, retries } = read(prime);
      expect([retries, events.map(({ id, data }) => [id, data])]).toEqual([[retryMs], [[`0.${number}`, '']]]);
    }),
    { numRuns: runs(100) },
  );
});

test('[E8] a retry alone sets the time to wait, and is no event', () => {
  fc.assert(
    fc.property(fc.nat(), fc.json(), cuts, (retryMs, json, at) => {
      const got = read(encodeMessage('1.1', json) + encodeRetry(retryMs) + encodeMessage('1.2', json), at);
      expect([got.retries, got.events.map(({ id }) => id)]).toEqual([[retryMs], ['1.1', '1.2']]);
    }),
    { numRuns: runs(100) },
  );
});

test('[E6] a stream of all that is written is read back whole, cut at any byte of its UTF-8', () => {
  const piece = fc.oneof(
    fc.tuple(fc.nat(), fc.json({ stringUnit: 'binary' })).map(([n, json]) => encodeMessage(`1.${n}`, json)),
    text.map(encodeComment),
    fc.nat().map(encodeRetry),
    fc.nat().map((n) => encodePrime(`0.${n}`, 1000)),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), fc.array(fc.nat(600), { maxLength: 30 }), (pieces, at) => {
      const bytes = Buffer.from(pieces.join(''));
      const decoder = new TextDecoder();
      let arrived = '';
      let from = 0;
      for (const cut of [...at, bytes.length].sort((a, b) => a - b)) {
        arrived += decoder.decode(bytes.subarray(from, cut), { stream: true });
        from = Math.max(from, cut);
      }
      expect(read(arrived)).toEqual(read(pieces.join('')));
    }),
    { numRuns: runs(200) },
  );
});

test('a comment is never more than a comment, whatever it says', () => {
  fc.assert(
    fc.property(text, cuts, (comment, at) => {
      const got = read(encodeComment(comment), at);
      expect([got.events, got.retries]).toEqual([[], []]);
      expect(got.comments).toEqual([comment.replace(/[\r\n\0]/g, ' ')]);
    }),
    { numRuns: runs(300) },
  );
});
