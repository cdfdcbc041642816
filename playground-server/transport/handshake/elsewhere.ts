/** What other instances do for a session that lives here as well. */

import { attempt } from '../awaitable.ts';
import { askAgainMs, StoreUnreachable } from '../backplane/backplane.ts';
import type { BusMessage } from '../bus.ts';
import type { Core } from '../core.ts';
import type { JsonRpcResponse } from '../json-rpc.ts';
import { errorText } from '../trace.ts';
import type { LiveSession } from './session.ts';

type Heard = Exclude<BusMessage, { kind: 'broadcast' | 'ended' }>;

export class Elsewhere {
  readonly #core: Core;
  readonly #read: (session: LiveSession, failed: (error: unknown) => void) => void;

  /** @param read reads the session's record anew */
  constructor(core: Core, read: (session: LiveSession, failed: (error: unknown) => void) => void) {
    this.#core = core;
    this.#read = read;
  }

  heard(session: LiveSession, message: Heard): void {
    switch (message.kind) {
      case 'cancel':
        return session.cancel(message.requestId);
      case 'answer':
        return this.#lookForAnswer(session, message.question);
      case 'changed':
        return this.#reread(session);
      case 'disconnect':
        return session.streams.get(message.stream)?.hangUpHere(message.takeover);
      case 'appended':
        return session.streams.get(message.stream)?.pump();
      case 'attached':
        return this.#yieldTo(session, message);
    }
  }

  /**
   * Messages may have been missed. What is open here looks into the store for what they told: events of a stream,
   * changes of the session, and answers of its client (rule B6).
   */
  resynchronise(session: LiveSession): void {
    const open = [...session.streams.values()].filter((stream) => stream.isOpen);
    for (const stream of open) stream.pump();
    if (open.length > 0 || session.inFlight.size > 0) this.#reread(session);
    for (const question of session.unanswered()) this.#lookForAnswer(session, question);
  }

  /**
   * Messages only hasten: whoever was to send one may have died between the store and that (rules B5, B8). What waits
   * here for another instance, and for nothing else, looks for itself from time to time.
   */
  lookAgain(session: LiveSession): void {
    for (const stream of session.streams.values()) if (stream.isReadForAnother) stream.pump();
    for (const question of session.unanswered()) this.#lookForAnswer(session, question);
  }

  /** What was written here to a connection that was dead already, the others were not told of: they read once more. */
  #yieldTo(session: LiveSession, { stream: name, takeover }: Extract<Heard, { kind: 'attached' }>): void {
    const stream = session.streams.get(name);
    if (stream) stream.yieldTo(takeover);
    else if (session.hadStream(name))
      this.#core.bus.tellOthers({ kind: 'appended', session: session.id, stream: name });
  }

  /** The client may have answered through another instance, which cannot know whether somebody here still waits. */
  #lookForAnswer(session: LiveSession, question: string): void {
    const { sessions } = this.#core.options.backplane;
    const place = { session: session.maskedId };
    const failed = (error: unknown) => {
      this.#core.trace?.({ type: 'handler-failed', method: 'answer', error: errorText(error) }, place);
    };
    attempt(
      () => sessions.readAnswer(session.id, question),
      (json) => {
        if (json === null) return;
        const waiting = session.answered(JSON.parse(json) as JsonRpcResponse);
        this.#core.trace?.({ type: 'client-answered', id: question, waiting }, place);
        attempt(
          () => sessions.dropAnswer(session.id, question),
          () => {},
          failed,
        );
      },
      (error) => {
        failed(error);
        const isWaiting = session.unanswered().includes(question);
        if (isWaiting && error instanceof StoreUnreachable) {
          setTimeout(() => this.#lookForAnswer(session, question), askAgainMs);
        }
      },
    );
  }

  /** To know whom a broadcast concerns, every instance goes by what the client told any of them (rule E5). */
  #reread(session: LiveSession): void {
    const failed = (error: unknown) => {
      const place = { session: session.maskedId };
      this.#core.trace?.({ type: 'handler-failed', method: 'session', error: errorText(error) }, place);
    };
    try {
      this.#read(session, failed);
    } catch (error) {
      failed(error);
    }
  }
}
