/** What the client's connections to a lab are called. */

import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { connectionHeader } from './api.ts';

const headerName = connectionHeader.toLowerCase();

/**
 * The name that the request gives its connection. `invalid`: it is not 1 to 64 visible ASCII characters, or there are
 * two of it.
 */
export function givenName({ headers }: IncomingMessage): { name: string } | 'invalid' | undefined {
  const name = headers[headerName];
  if (name === undefined) return undefined;
  return typeof name === 'string' && /^[\x21-\x7e]{1,64}$/.test(name) ? { name } : 'invalid';
}

export interface Connection {
  /** What tells it apart: the name it was given, else its socket. A client that calls itself `c1` is not the first. */
  readonly key: string | Socket;
  /** For the reader. */
  readonly name: string;
  /** Nothing will come on it any more. Of one that was named nobody knows. */
  isClosed(): boolean;
}

/** Calls the TCP connections of one lab `c1`, `c2` …, unless their requests name them. */
export class Connections {
  readonly #known = new WeakMap<Socket, Connection>();
  #last = 0;

  of(request: IncomingMessage): Connection {
    const given = givenName(request);
    if (typeof given === 'object') return { key: given.name, name: given.name, isClosed: () => false };
    const { socket } = request;
    const known = this.#known.get(socket);
    if (known) return known;
    // Asked, not listened for: a proxy's connection carries the requests of many labs, and outlives them.
    const connection: Connection = { key: socket, name: `c${++this.#last}`, isClosed: () => socket.destroyed };
    this.#known.set(socket, connection);
    return connection;
  }
}
