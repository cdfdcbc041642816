import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Bounds a failure; a passing test never waits this long. */
const withinMs = 15_000;

/** A bare TCP connection: bytes out, bytes in. */
export class RawConnection implements Disposable {
  readonly socket: Socket;
  /** All that came, as Latin-1: one character per byte. */
  received = '';
  closed = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      this.received += chunk;
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.closed = true;
    });
  }

  static async to(port: number): Promise<RawConnection> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    await once(socket, 'connect');
    return new RawConnection(socket);
  }

  /** Sends text as it is, Latin-1, or bytes. */
  send(bytes: string | Uint8Array): this {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
    return this;
  }

  /** Waits until the peer has closed. */
  async end(): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const bound = setTimeout(() => reject(new Error(`Still open, after ${JSON.stringify(this.received)}`)), withinMs);
    this.socket.once('end', resolve).once('close', resolve);
    if (this.closed || this.socket.readableEnded) resolve();
    await promise;
    clearTimeout(bound);
    return this.received;
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

/** A request head and body as text; `lines` are whole header lines. */
export function httpText(method: string, lines: string[], body = '', target = '/mcp', version = 'HTTP/1.1'): string {
  return [`${method} ${target} ${version}`, ...lines, '', body].join('\r\n');
}
