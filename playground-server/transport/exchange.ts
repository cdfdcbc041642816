/**
 * The HTTP seam: all that the core knows of HTTP.
 *
 * The core never sees a socket or a `Request`. An adapter (node.ts) wraps what its platform has in an `Exchange`;
 * the core asks it for the request and answers it exactly once, with `respond` or with `openEventStream`.
 * Callbacks instead of promises, because a promise on this path costs more than the whole of the protocol.
 */

/** Header names in lower case. The order is kept on the wire. */
export type ResponseHeaders = Record<string, string>;

/** What became of a request body. `aborted`: the client went away, and nobody is left to answer. */
export type BodyOutcome =
  | { kind: 'complete'; bytes: Uint8Array }
  | { kind: 'too-large' }
  | { kind: 'too-slow' }
  | { kind: 'aborted' }
  /** The fault is on this side. */
  | { kind: 'unreadable'; error: unknown };

export interface Exchange {
  /** What the adapter was given: an `IncomingMessage`, a `Request`. For the options that look at more than headers. */
  readonly raw: unknown;
  /** Names this exchange in traces. Whoever stands in front (a router) may have chosen it. */
  readonly id: string;
  /** The HTTP verb, in upper case. */
  readonly method: string;
  /** One request header, by its lower-case name; repeated headers joined with ", ". `undefined` when absent. */
  header(name: string): string | undefined;
  /** All request headers, for the trace alone: nothing asks for them unless someone listens. */
  headers(): Iterable<readonly [name: string, value: string]>;
  /**
   * Reads the whole body, and calls back exactly once.
   * @param maxBytes refuse as soon as the declared or the counted length passes this
   * @param timeoutMs refuse when the body is not complete by then
   */
  readBody(maxBytes: number, timeoutMs: number, done: (outcome: BodyOutcome) => void): void;
  /**
   * Answers with everything at once. It may leave as late as the end of this turn.
   * @param closeConnection the rest of the request body is not worth reading
   */
  respond(status: number, headers: ResponseHeaders, body: string, closeConnection?: boolean): void;
  /** Answers 200 and leaves the body open. The head leaves together with the first write. */
  openEventStream(headers: ResponseHeaders): EventSink;
  /** Calls back once when the connection is gone before the answer was complete. */
  onDisconnect(listener: () => void): void;
  /** Calls back at the end of this turn of the event loop, after what is ready now has run. */
  afterThisTurn(callback: () => void): void;
}

/** The writing half of an open event stream. After `end` or a disconnect every call is a no-op. */
export interface EventSink {
  /** Writes at once. `false`: the peer is slow, ask with `onceDrained` before writing more. */
  write(chunk: string): boolean;
  /** Ends the response, after a last chunk if there is one. Like `respond`, at the end of this turn at the latest. */
  end(chunk?: string): void;
  /** Breaks the connection: what the peer has not taken yet is dropped. */
  abort(): void;
  /** How many bytes wait for the peer to take them, as far as the platform tells. */
  readonly buffered: number;
  /** After a `write` that answered `false`: calls back once, when the buffer has emptied. */
  onceDrained(listener: () => void): void;
}
