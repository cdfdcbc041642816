import { settle } from '../awaitable.ts';
import type { FoundLog, LogSlice, StreamLog } from '../backplane/backplane.ts';
import type { Core } from '../core.ts';
import { quoted } from '../refusal.ts';
import type { Reply } from '../reply.ts';
import { LostAnswer } from './lost-answer.ts';
import type { LiveSession } from './session.ts';
import { keptAfter, type Stream, standaloneName } from './stream.ts';

const gap = 'events before this were dropped';

/** An event id taken apart: `<stream>.<number>`. */
interface Cursor {
  readonly stream: string;
  readonly number: number;
  /** As it may stand in a message. */
  readonly shown: string;
}

/** GET: the standalone stream, and every stream that a client comes back for (rules E2, E3, R1 to R3). */
export class ResumeRequests {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  openStandalone(session: LiveSession, reply: Reply): void {
    const stream = session.standalone();
    if (this.#mayAttach(stream, reply)) stream.attachToUnread(reply);
  }

  resume(session: LiveSession, lastEventId: string, reply: Reply): void {
    const [, stream, number] = /^(\d{1,15})\.(\d{1,15})$/.exec(lastEventId) ?? [];
    const shown = quoted(lastEventId);
    if (!stream || !this.#core.options.eventLog) return reply.refuse('lastEventIdInvalid', { eventId: shown });
    const cursor: Cursor = { stream, number: Number(number), shown };
    settle(
      this.#core.options.backplane.logs.find(session.id, stream),
      (found) => this.#found(found, session, cursor, reply),
      (error) => reply.fault(error),
    );
  }

  #found(found: FoundLog, session: LiveSession, cursor: Cursor, reply: Reply): void {
    if (found.kind === 'finished') return reply.refuse('nothingToResume', { eventId: cursor.shown });
    if (found.kind === 'missing') {
      // What was delivered and has left the log has nothing more to say; what never was, is a mistake.
      const eventId = cursor.shown;
      return reply.refuse(session.hadStream(cursor.stream) ? 'nothingToResume' : 'lastEventIdInvalid', { eventId });
    }
    if (found.kind === 'dropped') {
      return this.#read(new LostAnswer(found.request, found.lastNumber), session, cursor, reply);
    }
    this.#read(found.log, session, cursor, reply);
  }

  #read(log: StreamLog, session: LiveSession, cursor: Cursor, reply: Reply): void {
    settle(
      log.readAfter(cursor.number, 1),
      (slice) => this.#attach(slice, log, session, cursor, reply),
      (error) => reply.fault(error),
    );
  }

  #attach(slice: LogSlice, log: StreamLog, session: LiveSession, cursor: Cursor, reply: Reply): void {
    const eventId = cursor.shown;
    if (cursor.number > slice.lastNumber) return reply.refuse('lastEventIdInvalid', { eventId });
    if (slice.ended && slice.events.length === 0) return reply.refuse('nothingToResume', { eventId });
    const stream = session.streams.get(cursor.stream);
    if (!this.#mayAttach(stream, reply)) return;
    const from = keptAfter(slice, cursor.number);
    (stream ?? session.revive(cursor.stream, log)).attach(reply, from, {
      comment: slice.trimmed ? gap : undefined,
      attached: () => {
        // Notifications that were dropped may have told of changes: the client is sent to look (rule R2).
        if (slice.trimmed && cursor.stream === standaloneName) session.resynchronise();
      },
    });
  }

  /** Whether one more connection is let in; one that replaces another takes no room of its own (rules E3, P17). */
  #mayAttach(stream: Stream | undefined, reply: Reply): boolean {
    const { maxStreams } = this.#core.options;
    if (stream?.isContested()) reply.refuse('replacedTooOften');
    else if (!stream?.isOpen && this.#core.connections.count >= maxStreams) {
      reply.refuse('tooManyStreams', { max: maxStreams });
    } else return true;
    return false;
  }
}
