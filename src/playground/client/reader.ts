/**
 * The reader as a client: the acts of the composer, each one MCP request as any client would send it, sent with the
 * wire client and through no other door.
 */

import { connectionHeader } from '../../../playground-server/lab/api.ts';
import type { JsonObject } from '../../../playground-server/transport/json-rpc.ts';
import { type ClientSession, type Outcome, WireClient } from '../../../playground-server/wire-client/index.ts';
import type { LabHandle } from './api.ts';
import { type StoredLab, storeLab, tellSession } from './storage.ts';

export type Act =
  | { name: 'open' }
  | { name: 'list' }
  | { name: 'call'; tool: string; args: JsonObject }
  | { name: 'listen' }
  | { name: 'end' };

export interface ReaderState {
  session: ClientSession | undefined;
  /** The standalone stream is open. */
  listening: boolean;
}

export interface ReaderOptions {
  lab: LabHandle;
  /** What this tab knew of the lab before a reload. */
  stored: StoredLab | undefined;
  /** Requests shall count as one connection: the page cannot keep one, so that it gives it a name. */
  isKept: () => boolean;
  /** One process answers, so that its 404 is the last word on a session. */
  isAlone: () => boolean;
  onState: (state: ReaderState) => void;
}

/** The tools that have something to report while they run, if they are asked to. */
const reportsProgress: ReadonlySet<string> = new Set(['count']);

/** The name under which the requests of a page count as one connection. */
const connectionName = 'this-page';

export class Reader {
  readonly lab: LabHandle;
  readonly #client: WireClient;
  readonly #isAlone: () => boolean;
  readonly #onState: (state: ReaderState) => void;
  readonly #opened: string[];
  #disposed = false;
  #listening: AbortController | undefined;
  #lastEventId: string | undefined;

  constructor({ lab, stored, isKept, isAlone, onState }: ReaderOptions) {
    this.lab = lab;
    this.#isAlone = isAlone;
    this.#onState = onState;
    this.#opened = [...(stored?.opened ?? [])];
    this.#client = new WireClient({
      endpoint: lab.endpoint,
      clientInfo: { name: 'the-page', version: '1.0.0' },
      ...(stored?.session && { session: stored.session }),
      firstRequestId: stored?.nextRequestId ?? 1,
      headers: () => (isKept() ? { [connectionHeader]: connectionName } : {}),
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

  /** Closes the connection of the standalone stream, and leaves the session as it is. */
  hangUp(): void {
    this.#listening?.abort();
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
        return this.#request('tools/call', call);
      }
      case 'listen':
        return this.#listen();
      case 'end':
        this.#lastEventId = undefined;
        return this.#client.end();
    }
  }

  async #open(): Promise<Outcome> {
    this.#lastEventId = undefined;
    const outcome = await this.#client.open();
    const id = this.#client.session?.id;
    if (id !== undefined) this.#opened.push(id);
    return outcome;
  }

  #request(method: string, params: Parameters<WireClient['request']>[1]): Promise<Outcome> {
    const sent = this.#client.request(method, params, { onFrame: ({ id }) => this.#noteEvent(id) });
    this.#tell();
    return sent;
  }

  async #listen(): Promise<Outcome> {
    const listening = new AbortController();
    this.#listening = listening;
    try {
      return await this.#client.listen({
        signal: listening.signal,
        onHead: () => this.#tell(),
        onFrame: ({ id }) => this.#noteEvent(id),
      });
    } finally {
      if (this.#listening === listening) this.#listening = undefined;
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
    this.#onState({ session, listening: this.#listening !== undefined });
  }
}
