import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/**
 * Hands each connection to the next of these ports, byte for byte: two requests that do not share a connection meet
 * different servers.
 */
export class Router implements AsyncDisposable {
  /** Where the servers listen on 127.0.0.1. May change at any time. */
  ports: readonly number[];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #next = 0;

  private constructor(ports: readonly number[]) {
    this.ports = ports;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#relay(client));
  }

  static async to(ports: readonly number[]): Promise<Router> {
    const router = new Router(ports);
    router.#server.listen(0, '127.0.0.1');
    await once(router.#server, 'listening');
    return router;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** How many connections are open, on either side. */
  get connections(): number {
    return this.#sockets.size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, 'close');
  }

  #relay(client: Socket): void {
    const port = this.ports[this.#next++ % this.ports.length] as number;
    const server = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(from);
      from.pipe(to);
      from.on('error', () => to.resetAndDestroy());
      from.on('close', () => {
        this.#sockets.delete(from);
        // Whoever ended in order has said so already; a socket that was broken off breaks the other one.
        if (!to.writableEnded) to.destroy();
      });
    }
  }
}
