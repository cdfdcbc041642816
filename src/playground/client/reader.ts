/**
 * The reader as a client: the acts of the composer, each one MCP request as any client would send it, sent with the
 * wire client and through no other door.
 */

import { type ClientSession, type Outcome, WireClient } from '../../../playground-server/wire-client/index.ts';
import type { LabHandle } from './api.ts';
import { type StoredLab, storeLab, tellSession } from './storage.ts';

export type Act =
  | { name: 'open' }
  | { name: 'list' }
  | { name: 'count'; to: number; everyMs: number }
  | { name: 'listen' }
  | { name: 'announce' }
  | { name: 'end' };

export interface ReaderState {
  session: ClientSession | undefined;
  /** The standalone stream is open. */
  listening: boolean;
}

export class Reader {
  readonly lab: LabHandle;
  readonly #client: WireClient;
  readonly #onState: (state: ReaderState) => void;
  readonly #opened: string[];
  #disposed = false;
  #listening: AbortController | undefined;
  #lastEventId: string | undefined;

  /** @param stored what this tab knew of the lab before a reload */
  constructor(lab: LabHandle, stored: StoredLab | undefined, onState: (state: ReaderState) => void) {
    this.lab = lab;
    this.#onState = onState;
    this.#opened = [...(stored?.opened ?? [])];
    this.#client = new WireClient({
      endpoint: lab.endpoint,
      clientInfo: { name: 'the-page', version: '1.0.0' },
      ...(stored?.session && { session: stored.session }),
      firstRequestId: stored?.nextRequestId ?? 1,
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
    // 2025-11-25, Transports, Session Management, 4: after a 404 the session is no more, whatever this client thinks.
    if (act.name !== 'open' && 'status' in outcome && outcome.status === 404) this.#client.forget();
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
      case 'count': {
        const token = `count-${this.#client.nextRequestId}`;
        const args = { to: act.to, everyMs: act.everyMs };
        return this.#request('tools/call', { name: 'count', arguments: args, _meta: { progressToken: token } });
      }
      case 'listen':
        return this.#listen();
      case 'announce':
        return this.#request('tools/call', { name: 'announce', arguments: {} });
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
