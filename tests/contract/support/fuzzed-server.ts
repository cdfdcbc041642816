import { expect } from 'vitest';
import { RpcError, type Trace } from '../../../playground-server/transport/index.ts';
import { until } from '../../setup/until.ts';
import type { ClientSession } from './client.ts';
import { testHandler } from './handler.ts';
import { modernRequest } from './modern.ts';
import { RawConnection } from './raw.ts';
import { type Served, serve } from './serve.ts';

/** A server that is sent what no client of good will sends, and a session that must outlive it all. */
export class FuzzedServer {
  server!: Served;
  session!: ClientSession;
  readonly #faults: unknown[] = [];
  readonly #remember = (error: unknown) => void this.#faults.push(error);

  async start(): Promise<void> {
    process.on('unhandledRejection', this.#remember);
    const trace: Trace = (event) => {
      if (event.type === 'handler-failed') this.#faults.push(event);
    };
    this.server = await serve({ handler: politeHandler(), trace, bodyTimeoutMs: 200, maxRequestBytes: 100_000 });
    this.session = await this.server.session();
  }

  /** Nothing was left open, and nothing failed inside, seen or unseen. */
  async stop(): Promise<void> {
    process.off('unhandledRejection', this.#remember);
    const { transport } = this.server;
    await until('no stream to be open', () => !transport.inspect().streams.some(({ open }) => open));
    await this.server[Symbol.asyncDispose]();
    expect(this.#faults).toEqual([]);
  }

  /** The server still answers in both eras, and the session that was open before still lives. */
  async stillAnswers(): Promise<void> {
    expect((await this.session.answer('ping')).messages).toMatchObject([{ result: {} }]);
    expect((await this.server.send(modernRequest('echo'))).json).toMatchObject({
      id: 1,
      result: { resultType: 'complete' },
    });
  }

  /** Sends bytes, says that no more will come, and gives what was answered until the connection closed. */
  async exchange(bytes: string | Uint8Array): Promise<string> {
    using raw = await RawConnection.to(this.server.port);
    raw.send(bytes);
    raw.socket.end();
    return await raw.end();
  }
}

/** The status of every answer on one connection. */
export function statusesOf(answers: string): number[] {
  return [...answers.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));
}

/** Served or refused, and never with a word of what went on inside. */
export function isTame(answers: string): boolean {
  const betrays = /\bat [^"]*:\d+|node:|TypeError|\.ts\b/;
  return statusesOf(answers).every((status) => status < 500) && !betrays.test(answers);
}

/** Knows two methods, and what to say of any other: what it is sent is no fault of its own. */
function politeHandler(): ReturnType<typeof testHandler> {
  const known = testHandler();
  const serves = (method: string) => method === 'ping' || method === 'echo';
  return {
    ...known,
    serves,
    request(request, context) {
      if (serves(request.method)) return known.request(request, context);
      throw new RpcError(-32601, 'Method not found');
    },
  };
}
