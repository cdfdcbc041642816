/** One client, one endpoint, at most one session. See index.ts. */

import type { JsonObject, JsonRpcNotification, JsonRpcRequest } from '../transport/json-rpc.ts';
import { createFrameReader, type Frame } from './frames.ts';
import { failureOutcome, type Outcome, parseMessage, responseOutcome, wholeOutcome } from './outcome.ts';

export interface ClientSession {
  /** As the server minted it. */
  id: string;
  protocolVersion: string;
}

export interface WireClientOptions {
  /** Absolute URL of the MCP endpoint. */
  endpoint: string;
  clientInfo: { name: string; version: string };
  /** The version to ask for in `initialize`. */
  protocolVersion?: string;
  /** Go on with a session that was opened before. */
  session?: ClientSession;
  /** The first JSON-RPC id to use: a client that goes on with a session must not use an id twice in it. */
  firstRequestId?: number;
  /** Headers that every request carries besides those of the protocol: asked for anew each time. */
  headers?: () => Readonly<Record<string, string>>;
  fetch?: typeof fetch;
}

/** What a caller may watch while a request runs. */
export interface Watcher {
  signal?: AbortSignal;
  /** The status and the headers are there; the body may take its time. */
  onHead?: (head: { status: number; headers: Headers }) => void;
  /** One frame of the event stream, as soon as it is complete. */
  onFrame?: (frame: Frame) => void;
}

export class WireClient {
  readonly endpoint: string;
  readonly #clientInfo: { name: string; version: string };
  readonly #askFor: string;
  readonly #moreHeaders: () => Readonly<Record<string, string>>;
  readonly #fetch: typeof fetch;
  #session: ClientSession | undefined;
  #nextId: number;

  constructor(options: WireClientOptions) {
    this.endpoint = options.endpoint;
    this.#clientInfo = options.clientInfo;
    this.#askFor = options.protocolVersion ?? '2025-11-25';
    this.#session = options.session;
    this.#nextId = options.firstRequestId ?? 1;
    this.#moreHeaders = options.headers ?? (() => ({}));
    this.#fetch = options.fetch ?? ((input, init) => fetch(input, init));
  }

  get session(): ClientSession | undefined {
    return this.#session;
  }

  /** The JSON-RPC id that the next request will carry. */
  get nextRequestId(): number {
    return this.#nextId;
  }

  /**
   * Sends `initialize` and, when it succeeded, `notifications/initialized` (2025-11-25, Lifecycle, Initialization).
   * @returns the outcome of `initialize`, or of the notification if that one failed
   */
  async open(watch: Watcher = {}): Promise<Outcome> {
    this.#session = undefined;
    const opened = await this.request(
      'initialize',
      { protocolVersion: this.#askFor, capabilities: {}, clientInfo: this.#clientInfo },
      watch,
    );
    if (opened.kind !== 'result') return opened;
    const id = opened.headers.get('mcp-session-id');
    const version = opened.result.protocolVersion;
    if (id !== null) {
      this.#session = { id, protocolVersion: typeof version === 'string' ? version : this.#askFor };
    }
    const told = await this.notify('notifications/initialized', undefined, watch);
    return told.kind === 'accepted' ? opened : told;
  }

  /** Sends one request and waits for its response, wherever it arrives: in a JSON body or on an event stream. */
  request(method: string, params?: JsonObject, watch: Watcher = {}): Promise<Outcome> {
    const id = this.#nextId++;
    const message: JsonRpcRequest = { jsonrpc: '2.0', id, method, ...(params && { params }) };
    return this.#post(message, watch);
  }

  notify(method: string, params?: JsonObject, watch: Watcher = {}): Promise<Outcome> {
    const message: JsonRpcNotification = { jsonrpc: '2.0', method, ...(params && { params }) };
    return this.#post(message, watch);
  }

  /**
   * Opens the standalone stream with GET, or resumes a stream after `lastEventId`, and reads until it ends.
   * @returns `accepted` when the stream was opened and ended in order; how it was refused otherwise
   */
  async listen(watch: Watcher & { lastEventId?: string } = {}): Promise<Outcome> {
    const headers = this.#headers({ accept: 'text/event-stream' });
    if (watch.lastEventId !== undefined) headers['last-event-id'] = watch.lastEventId;
    return this.#exchange({ method: 'GET', headers }, watch, async (response) => {
      await readEventStream(response, watch.onFrame);
      return { kind: 'accepted', status: response.status, headers: response.headers };
    });
  }

  /** Ends the session with DELETE. Whatever the server answers, this client has no session afterwards. */
  async end(watch: Watcher = {}): Promise<Outcome> {
    const headers = this.#headers({});
    this.#session = undefined;
    return this.#exchange({ method: 'DELETE', headers }, watch);
  }

  /** Forgets the session without telling the server: it is gone there already. */
  forget(): void {
    this.#session = undefined;
  }

  #headers(protocol: Record<string, string>): Record<string, string> {
    const base = { ...this.#moreHeaders(), ...protocol };
    if (!this.#session) return base;
    // 2025-11-25, Transports, Protocol Version Header: sent on every request after initialization.
    return {
      ...base,
      'mcp-session-id': this.#session.id,
      'mcp-protocol-version': this.#session.protocolVersion,
    };
  }

  #post(message: JsonRpcRequest | JsonRpcNotification, watch: Watcher): Promise<Outcome> {
    // 2025-11-25, Transports, Sending Messages: a client lists both types, and takes either answer.
    const headers = this.#headers({
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
    });
    const init = { method: 'POST', headers, body: JSON.stringify(message) };
    return this.#exchange(init, watch, async (response) => {
      let answer: Outcome | undefined;
      await readEventStream(response, (frame) => {
        watch.onFrame?.(frame);
        if (answer || frame.data === undefined || !('id' in message)) return;
        answer = responseOutcome(parseMessage(frame.data), message.id, response);
      }).catch((cause: unknown) => {
        // What arrived before the connection broke still counts.
        answer ??= failureOutcome(cause, watch.signal);
      });
      return answer ?? { kind: 'no-response', status: response.status, headers: response.headers };
    });
  }

  async #exchange(
    init: RequestInit,
    watch: Watcher,
    readStream?: (response: Response) => Promise<Outcome>,
  ): Promise<Outcome> {
    try {
      const response = await this.#fetch(this.endpoint, {
        ...init,
        cache: 'no-store',
        credentials: 'omit',
        ...(watch.signal && { signal: watch.signal }),
      });
      watch.onHead?.(response);
      if (response.ok && readStream && isEventStream(response)) return await readStream(response);
      return wholeOutcome(await response.text(), response);
    } catch (cause) {
      return failureOutcome(cause, watch.signal);
    }
  }
}

function isEventStream(response: Response): boolean {
  return /^text\/event-stream\b/i.test(response.headers.get('content-type') ?? '');
}

/** Reads an event stream to its end. Rejects when the connection breaks. */
async function readEventStream(response: Response, onFrame?: (frame: Frame) => void): Promise<void> {
  if (!response.body) return;
  const read = createFrameReader((frame) => onFrame?.(frame));
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    read(decoder.decode(piece.value, { stream: true }));
  }
}
