/**
 * The reader as a client: the acts of the composer, each one MCP request as any client would send it, sent with the
 * wire client and through no other door.
 */

import { connectionHeader } from '../../../playground-server/lab/api.ts';
import type { JsonObject } from '../../../playground-server/transport/json-rpc.ts';
import type { ModernClient } from '../../../playground-server/wire-client/modern.ts';
// Not by index.ts, which brings what only some readers need: asking.ts loads that.
import type { Outcome } from '../../../playground-server/wire-client/outcome.ts';
import { type ClientSession, WireClient } from '../../../playground-server/wire-client/wire-client.ts';
import { listenedFor } from '../model/acts.ts';
import type { Era } from '../model/lesson.ts';
import type { OpenQuestion } from '../model/questions.ts';
import type { LabHandle } from './api.ts';
import { askable, askingTools } from './askable.ts';
import { Questions } from './questions.ts';
import { type StoredLab, storeLab, tellSession } from './storage.ts';

export type Act =
  | { name: 'open' }
  | { name: 'list' }
  | { name: 'call'; tool: string; args: JsonObject }
  | { name: 'listen' }
  /** Goes on with the stream that broke off last. */
  | { name: 'resume' }
  | { name: 'end' };

export interface ReaderState {
  session: ClientSession | undefined;
  /** How many streams are open for what no request caused: the standalone one, or those of the modern era. */
  listening: number;
  /** A stream broke off before its response, and can be resumed. */
  broken: boolean;
  /** What the server asks, and waits for. */
  question: OpenQuestion | undefined;
}

export interface ReaderOptions {
  lab: LabHandle;
  /** What this tab knew of the lab before a reload. */
  stored: StoredLab | undefined;
  /** Which era it speaks, asked before each act. */
  era: () => Era;
  /** Requests shall count as one connection: the page cannot keep one, so that it gives it a name. */
  isKept: () => boolean;
  /** One process answers, so that its 404 is the last word on a session. */
  isAlone: () => boolean;
  onState: (state: ReaderState) => void;
}

/** The tools that have something to report while they run, if they are asked to. */
const reportsProgress: ReadonlySet<string> = new Set(['count', 'hang_up']);

const clientInfo = { name: 'the-page', version: '1.0.0' };

/** The name under which the requests of a page count as one connection. */
const connectionName = 'this-page';

export class Reader {
  readonly lab: LabHandle;
  readonly #client: WireClient;
  readonly #isAlone: () => boolean;
  readonly #era: () => Era;
  readonly #headers: () => Record<string, string>;
  /** Loaded with the first act that needs it. */
  #modern: Promise<ModernClient> | undefined;
  readonly #onState: (state: ReaderState) => void;
  readonly #opened: string[];
  #disposed = false;
  readonly #listening = new Set<AbortController>();
  #lastEventId: string | undefined;
  /** Where the stream that broke off last is to be resumed. */
  #brokenAt: { lastEventId: string; standalone: boolean } | undefined;
  readonly #questions: Questions;

  constructor({ lab, stored, era, isKept, isAlone, onState }: ReaderOptions) {
    this.lab = lab;
    this.#isAlone = isAlone;
    this.#era = era;
    this.#headers = () => (isKept() ? { [connectionHeader]: connectionName } : {});
    this.#onState = onState;
    this.#opened = [...(stored?.opened ?? [])];
    this.#questions = new Questions(() => this.#tell());
    this.#client = new WireClient({
      endpoint: lab.endpoint,
      clientInfo,
      capabilities: askable,
      ...(stored?.session && { session: stored.session }),
      firstRequestId: stored?.nextRequestId ?? 1,
      headers: this.#headers,
    });
    this.#tell();
  }

  /** Full ids of all sessions that this tab opened in this lab. */
  get opened(): readonly string[] {
    return this.#opened;
  }

  /** Carries one act out, and comes back when it is answered in full. `listen` comes back when the stream ends. */
  async act(act: Act): Promise<Outcome> {
    const outcome = await this.#send(act);
    // 2025-11-25, Transports, Session Management, 4: after a 404 a client must open a new session. Where several
    // processes answer, the reader may see first that another one has it.
    const refused = act.name !== 'open' && 'status' in outcome && outcome.status === 404;
    if (refused && this.#isAlone()) this.#client.forget();
    this.#tell();
    return outcome;
  }

  /** Closes the connections of the streams that no request caused, and leaves the session as it is. */
  hangUp(): void {
    for (const listening of this.#listening) listening.abort();
  }

  /** Gives the server the answer that it waits for. */
  answer(number: number, result: JsonObject): void {
    this.#questions.answer(number, result);
  }

  /** Called when this lab is left: nothing that is still running may speak for the next one. */
  dispose(): void {
    this.#disposed = true;
    this.hangUp();
  }

  #send(act: Act): Promise<Outcome> {
    switch (act.name) {
      case 'open':
        return this.#open();
      case 'list':
        return this.#request('tools/list', {});
      case 'call': {
        const call: JsonObject = { name: act.tool, arguments: act.args };
        if (reportsProgress.has(act.tool)) {
          call._meta = { progressToken: `${act.tool}-${this.#client.nextRequestId}` };
        }
        return askingTools.has(act.tool) ? this.#callAndAnswer(call) : this.#request('tools/call', call);
      }
      case 'listen':
        return this.#listen();
      case 'resume':
        return this.#resume();
      case 'end':
        this.#lastEventId = undefined;
        return this.#client.end();
    }
  }

  /** The client of the modern era: a page that never speaks it does not load it. */
  #modernClient(): Promise<ModernClient> {
    this.#modern ??= import('../../../playground-server/wire-client/modern.ts').then(
      ({ ModernClient }) =>
        new ModernClient({
          endpoint: this.lab.endpoint,
          clientInfo,
          capabilities: askable,
          headers: this.#headers,
        }),
    );
    return this.#modern;
  }

  async #open(): Promise<Outcome> {
    if (this.#era() === 'modern') return this.#request('server/discover', {});
    this.#lastEventId = undefined;
    this.#brokenAt = undefined;
    const outcome = await this.#client.open();
    const id = this.#client.session?.id;
    if (id !== undefined) this.#opened.push(id);
    return outcome;
  }

  async #request(method: string, params: Parameters<WireClient['request']>[1]): Promise<Outcome> {
    let last: string | undefined;
    const client = this.#era() === 'modern' ? await this.#modernClient() : this.#client;
    const sent = client.request(method, params, {
      onFrame: ({ id }) => {
        last = id ?? last;
        this.#noteEvent(id);
      },
    });
    this.#tell();
    const outcome = await sent;
    const brokeOff = outcome.kind === 'no-response' || outcome.kind === 'unreachable';
    if (brokeOff && last !== undefined) this.#brokenAt = { lastEventId: last, standalone: false };
    return outcome;
  }

  /** A call in whose course the server may ask the reader something. */
  async #callAndAnswer(call: JsonObject): Promise<Outcome> {
    const { callAndAnswer } = await import('./asking.ts');
    const client = this.#era() === 'modern' ? await this.#modernClient() : this.#client;
    const { ask, close } = this.#questions.forCall();
    try {
      return await callAndAnswer(client, call, ask, ({ id }) => this.#noteEvent(id));
    } finally {
      close();
    }
  }

  /** Reads the rest of the stream that broke off, to its end; the standalone one has none. */
  async #resume(): Promise<Outcome> {
    const broken = this.#brokenAt;
    this.#brokenAt = undefined;
    if (!broken) return { kind: 'aborted' };
    const { lastEventId, standalone } = broken;
    if (standalone) return this.#listen(lastEventId);
    return this.#client.listen({ lastEventId, onFrame: ({ id }) => this.#noteEvent(id) });
  }

  async #listen(lastEventId?: string): Promise<Outcome> {
    const listening = new AbortController();
    this.#listening.add(listening);
    let last = lastEventId;
    try {
      const watch = {
        signal: listening.signal,
        onHead: () => this.#tell(),
        onFrame: ({ id }: { id?: string }) => {
          last = id ?? last;
          this.#noteEvent(id);
        },
      };
      if (this.#era() === 'handshake') {
        const outcome = await this.#client.listen({ ...watch, ...(lastEventId !== undefined && { lastEventId }) });
        const brokeOff = outcome.kind === 'unreachable' && last !== undefined;
        if (brokeOff) this.#brokenAt = { lastEventId: last as string, standalone: true };
        return outcome;
      }
      return await (await this.#modernClient()).listen(listenedFor, watch);
    } finally {
      this.#listening.delete(listening);
    }
  }

  #noteEvent(id: string | undefined): void {
    if (id === undefined) return;
    this.#lastEventId = id;
    this.#tell();
  }

  /** Stores what a reload needs, and tells the page's snippets. */
  #tell(): void {
    if (this.#disposed) return;
    const { session, nextRequestId } = this.#client;
    storeLab({ lab: this.lab, nextRequestId, opened: this.#opened, ...(session && { session }) });
    tellSession(
      session
        ? {
            endpoint: this.lab.endpoint,
            session: session.id,
            ...(this.#lastEventId !== undefined && { lastEventId: this.#lastEventId }),
          }
        : null,
    );
    const broken = this.#brokenAt !== undefined;
    this.#onState({ session, listening: this.#listening.size, broken, question: this.#questions.first });
  }
}
