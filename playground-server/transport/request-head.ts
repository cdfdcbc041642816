import type { Exchange } from './exchange.ts';

/** A request as the options that decide about it see it. */
export interface RequestHead {
  readonly method: string;
  /** One request header, by its lower-case name. */
  readonly header: (name: string) => string | undefined;
  /** What the adapter was given: an `IncomingMessage`, a `Request`. */
  readonly raw: unknown;
}

/** Its members may be taken out of it, as in `({ header }) => …`. */
export function requestHead(exchange: Exchange): RequestHead {
  return { method: exchange.method, header: (name) => exchange.header(name), raw: exchange.raw };
}
