/** The HTTP under both clients: one request out, every frame in, and one outcome. */

import type { JsonRpcMessage } from '../transport/json-rpc.ts';
import { createFrameReader, type Frame } from './frames.ts';
import { failureOutcome, type Outcome, parseMessage, responseOutcome, wholeOutcome } from './outcome.ts';

export type MoreHeaders = () => Readonly<Record<string, string>>;

export interface WireOptions {
  /** Absolute URL of the MCP endpoint. */
  endpoint: string;
  /** Headers that every request carries besides those of the protocol: asked for anew each time. */
  headers?: MoreHeaders;
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

export class Wire {
  readonly #endpoint: string;
  readonly #moreHeaders: MoreHeaders | undefined;
  readonly #fetch: typeof fetch;

  constructor({ endpoint, headers, fetch: given }: WireOptions) {
    this.#endpoint = endpoint;
    this.#moreHeaders = headers;
    this.#fetch = given ?? ((input, init) => fetch(input, init));
  }

  /** Sends one message. Of a request, the outcome is its response, in a JSON body or on an event stream. */
  post(message: JsonRpcMessage, headers: Record<string, string>, watch: Watcher): Promise<Outcome> {
    const init = {
      method: 'POST',
      // 2025-11-25 and 2026-07-28, Sending Messages: a client lists both types, and takes either answer.
      headers: { ...headers, accept: 'application/json, text/event-stream', 'content-type': 'application/json' },
      body: JSON.stringify(message),
    };
    return this.send(init, watch, async (response) => {
      let answer: Outcome | undefined;
      await readEventStream(response, (frame) => {
        watch.onFrame?.(frame);
        if (answer || frame.data === undefined || !('method' in message && 'id' in message)) return;
        answer = responseOutcome(parseMessage(frame.data), message.id, response);
      }).catch((cause: unknown) => {
        // What arrived before the connection broke still counts.
        answer ??= failureOutcome(cause, watch.signal);
      });
      return answer ?? { kind: 'no-response', status: response.status, headers: response.headers };
    });
  }

  /** Opens an event stream with GET, and reads it to its end. */
  get(headers: Record<string, string>, watch: Watcher): Promise<Outcome> {
    const init = { method: 'GET', headers: { ...headers, accept: 'text/event-stream' } };
    return this.send(init, watch, async (response) => {
      await readEventStream(response, watch.onFrame);
      return { kind: 'accepted', status: response.status, headers: response.headers };
    });
  }

  async send(
    init: { method: string; headers: Record<string, string>; body?: string },
    watch: Watcher,
    readStream?: (response: Response) => Promise<Outcome>,
  ): Promise<Outcome> {
    try {
      const response = await this.#fetch(this.#endpoint, {
        ...init,
        headers: { ...this.#moreHeaders?.(), ...init.headers },
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
