/** Opens a server's socket, and says plainly why it cannot. */

import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One sentence for whoever started the server. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

/**
 * @param portOption names the option that sets the port, for the error
 * @returns the port, which differs from the one asked for when that was 0
 * @throws ListenError
 */
export async function listen(server: Server, port: number, host: string, portOption: string): Promise<number> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    switch (code) {
      case 'EADDRINUSE':
        throw new ListenError(
          `Port ${port} is in use on ${host}. Stop what uses it, or set ${portOption} to another port.`,
        );
      case 'EACCES':
        throw new ListenError(`Port ${port} needs privileges. Set ${portOption} to a port above 1023.`);
      case 'EADDRNOTAVAIL':
      case 'ENOTFOUND':
        throw new ListenError(`${host} is no address of this machine. Set HOST to one that is.`);
      default:
        throw new ListenError(`Cannot listen on ${host}, port ${port}: ${message}.`);
    }
  }
  return (server.address() as AddressInfo).port;
}
