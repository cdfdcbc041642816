import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UnloggedStream } from '../../playground-server/transport/handshake/unlogged.ts';
import { runs } from './support/runs.ts';

/** What is kept of a stream without an event log, written down as plainly as it can be said. */
class Model {
  kept: { number: number; json: string }[] = [];
  last = 0;
  ended = false;
  reader: number | null = null;
  bytes = 0;

  append(json: string, last: boolean) {
    if (this.ended) return 0;
    this.ended = last;
    this.last++;
    const waiting = this.kept.reduce((sum, event) => sum + event.json.length, 0);
    if (this.reader !== null && waiting <= this.bytes) this.kept.push({ number: this.last, json });
    return this.last;
  }

  readAfter(cursor: number, maxEvents: number) {
    const ahead = this.kept.filter(({ number }) => number > cursor);
    const events = ahead.slice(0, maxEvents);
    const upTo = events.at(-1)?.number ?? cursor;
    const first = events[0]?.number ?? this.last + 1;
    return { events, ended: this.ended && upTo >= this.last, trimmed: first > cursor + 1, lastNumber: this.last };
  }

  spareAfter(cursor: number | null, bytes: number) {
    [this.reader, this.bytes] = [cursor, bytes];
    this.kept = cursor === null ? [] : this.kept.filter(({ number }) => number > cursor);
  }
}

const step = fc.oneof(
  fc.record({ do: fc.constant('append' as const), json: fc.string({ maxLength: 12 }), last: fc.constant(false) }),
  fc.record({ do: fc.constant('append' as const), json: fc.string({ maxLength: 12 }), last: fc.boolean() }),
  fc.record({ do: fc.constant('read' as const), behind: fc.nat(6), most: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ do: fc.constant('spare' as const), behind: fc.option(fc.nat(6)), bytes: fc.nat(20) }),
  fc.record({ do: fc.constantFrom('end' as const, 'delivered' as const) }),
);

test('[E9] [R4] without an event log a stream keeps what its open connection has not read, within the bytes, and nothing else', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const [model, stream] = [new Model(), new UnloggedStream()];
      let takeovers = 0;
      for (const each of steps) {
        if (each.do === 'append') {
          expect(stream.append({ json: each.json, last: each.last })).toBe(model.append(each.json, each.last));
        } else if (each.do === 'read') {
          const cursor = Math.max(0, model.last - each.behind);
          expect(stream.readAfter(cursor, each.most)).toEqual(model.readAfter(cursor, each.most));
        } else if (each.do === 'spare') {
          const cursor = each.behind === null ? null : Math.max(0, model.last - each.behind);
          stream.spareAfter(cursor, each.bytes);
          model.spareAfter(cursor, each.bytes);
        } else if (each.do === 'end') {
          stream.end();
          model.ended = true;
        } else stream.delivered();
        expect(stream.unread()).toBe((model.kept[0]?.number ?? model.last + 1) - 1);
        expect(stream.takeOver()).toBe(++takeovers);
      }
    }),
    { numRuns: runs(500) },
  );
});
