import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Between a client and its Redis: it passes on every byte, lets the commands fail that it is told to, and can be cut. */
export interface RedisRelay extends AsyncDisposable {
  readonly url: string;
  /** Redis refuses the next script that is given this text, as it does while it is loading; what comes before and after
   *  it on the same connection it takes. */
  spoil(text: string): void;
  /** Nobody hears the next message that is given this text, and Redis does not say so. */
  lose(text: string): void;
  /** Redis refuses to pass on the next message that is given this text. */
  mute(text: string): void;
  /** Redis refuses the next subscription to a channel whose name has this text. */
  deafen(text: string): void;
  /** Breaks all connections, and lets none through until the function that it gives is called. */
  cut(): () => void;
  /** How many new connections were broken. */
  readonly refused: number;
  /** How many were refused, or lost. */
  readonly spoilt: number;
}

/** The command that carries the text, and what takes its place: as long, and with as many arguments. */
const commands = {
  spoil: ['EVAL', 'NONE'],
  lose: ['SPUBLISH', 'ZREVRANK'],
  mute: ['SPUBLISH', 'NOTHING!'],
  deafen: ['ssubscribe', 'nothing!!!'],
} as const;

/**
 * @param url of a Redis server on this machine
 * @param replyMs how much later than Redis gave them its replies arrive
 */
export async function startRedisRelay(url: string, replyMs = 0): Promise<RedisRelay> {
  const { port, hostname } = new URL(url);
  const texts = new Map<string, readonly [string, string]>();
  const sockets = new Set<Socket>();
  let spoilt = 0;
  let refused = 0;
  let isCut = false;
  const server = createServer((client) => {
    if (isCut) {
      refused++;
      client.destroy();
      return;
    }
    const redis = connect(Number(port), hostname);
    for (const socket of [client, redis]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        redis.destroy();
      });
    }
    client.on('data', (chunk) => {
      for (const [text, [command, instead]] of texts) {
        const name = chunk.lastIndexOf(`\r\n${command}`, chunk.indexOf(text));
        if (!chunk.includes(text) || name < 0) continue;
        texts.delete(text);
        spoilt++;
        chunk.write(instead, name + 2);
      }
      redis.write(chunk);
    });
    if (replyMs === 0) redis.pipe(client);
    else redis.on('data', (chunk) => setTimeout(() => client.write(chunk), replyMs));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spoil: (text) => void texts.set(text, commands.spoil),
    lose: (text) => void texts.set(text, commands.lose),
    mute: (text) => void texts.set(text, commands.mute),
    deafen: (text) => void texts.set(text, commands.deafen),
    cut: () => {
      isCut = true;
      for (const socket of sockets) socket.destroy();
      return () => {
        isCut = false;
      };
    },
    get refused() {
      return refused;
    },
    get spoilt() {
      return spoilt;
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
