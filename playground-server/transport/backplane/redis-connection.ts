import { createHash } from 'node:crypto';
import { createClient, createCluster } from '@redis/client';
import { askAgainMs, StoreUnreachable } from './backplane.ts';

/** With commands under way and no answer for this long the store counts as out of reach (rule B6). */
const stalledMs = 800;
/** It is looked at so often, so that a process that was busy itself for a while does not blame the store. */
const lookMs = 100;
/** How long the very first connection may take before requests stop waiting for it. */
const firstConnectionMs = 1_000;
/** Without a sign of life for this long a connection is given up and made anew. */
const silentMs = 15_000;

/** What a client tells of its connections. */
interface Listener {
  ready(): void;
  lost(): void;
}

/** What the parts of the Redis store need of a client, be it of one server or of a cluster. */
interface Client {
  /** All commands take the same way, and wait for one another. */
  readonly isOneServer: boolean;
  /** Resolves with the first connection. */
  connect(): Promise<unknown>;
  destroy(): void;
  send(slotKey: string, command: string[]): Promise<unknown>;
  /** Of each server that keys are written to, how to send it a command. */
  servers(): Promise<((command: string[]) => Promise<unknown>)[]>;
  subscribe(channel: string, listener: (message: string) => void): Promise<void>;
  unsubscribe(channel: string, listener: (message: string) => void): Promise<void>;
}

/**
 * The commands that one process sends to Redis, over one connection (to each node), so that they arrive in their order.
 *
 * Where no answer comes for a while, all that wait fail, and what follows fails at once until one comes: Redis may have
 * been stopped, or the network cut. The client library reconnects by itself. A command that failed may have been carried out
 * all the same, so that each one has to be harmless when it comes twice.
 */
export class RedisConnection {
  readonly #client: Client;
  readonly #first: Promise<void>;
  #isFirst = true;
  #isReady = false;
  #isStalled = false;
  #isClosed = false;
  /** Scripts that Redis knows by a short name, since they were carried out on this connection. */
  #known = new Map<string, string>();
  /** Rejects the commands that wait for their answer. */
  readonly #underWay = new Set<(error: Error) => void>();
  #silentLooks = 0;
  #watch: ReturnType<typeof setInterval> | undefined;
  #isBack: () => void = () => {};

  /** @param url of one server, or of some nodes of a cluster, which tell of the others */
  constructor(url: string | readonly string[]) {
    const listener: Listener = {
      ready: () => {
        this.#isReady = true;
        this.#goOn();
      },
      lost: () => {
        this.#isReady = false;
        this.#known = new Map();
      },
    };
    this.#client = typeof url === 'string' ? oneServer(url, listener) : cluster(url, listener);
    this.#first = this.#connect();
  }

  /** Commands are answered, as far as is known. */
  get isReachable(): boolean {
    return this.#isReady && !this.#isStalled;
  }

  /** Called whenever Redis was out of reach and answers again: messages were missed, here or by others. */
  set onBack(listener: () => void) {
    this.#isBack = listener;
  }

  /**
   * Runs a Lua script, all of it or nothing. All its keys have one hash tag: a cluster runs it where they are.
   * @throws StoreUnreachable
   */
  async evaluate(script: string, keys: readonly string[], ...values: (string | number)[]): Promise<unknown> {
    // A connection knows what was carried out on it. Of a cluster nobody knows which node that was.
    const known = this.#known;
    const name = known.get(script);
    const command = name === undefined ? ['EVAL', script] : ['EVALSHA', name];
    try {
      const reply = await this.#send(keys[0] ?? '', [...command, String(keys.length), ...keys, ...values.map(String)]);
      if (name === undefined && this.#client.isOneServer) known.set(script, nameOf(script));
      return reply;
    } catch (error) {
      // Somebody had Redis forget all scripts.
      if (error instanceof StoreUnreachable && error.message.startsWith('NOSCRIPT')) this.#known = new Map();
      throw error;
    }
  }

  /**
   * Removes all keys that begin with `prefix`, some at a time: a Redis that others use as well goes on meanwhile.
   * @throws what the client throws
   */
  async removeAll(prefix: string): Promise<void> {
    await this.#first;
    const pattern = `${prefix.replace(/[\\*?[\]]/g, '\\$&')}*`;
    for (const send of await this.#client.servers()) {
      let cursor = '0';
      do {
        const [next, keys] = (await send(['SCAN', cursor, 'MATCH', pattern, 'COUNT', '1000'])) as [string, string[]];
        await Promise.all(keys.map((key) => send(['UNLINK', key])));
        cursor = next;
      } while (cursor !== '0');
    }
  }

  publish(channel: string, message: string): Promise<unknown> {
    return this.#send(channel, ['SPUBLISH', channel, message]);
  }

  /** The client subscribes again by itself with each new connection. @returns ends the subscription */
  subscribe(channel: string, listener: (message: string) => void): () => void {
    let isWanted = true;
    const join = async (): Promise<boolean> => {
      for (let isLate = false; isWanted && !this.#isClosed; isLate = true) {
        try {
          await this.#client.subscribe(channel, listener);
          if (isLate) this.#isBack();
          return true;
        } catch {
          // A connection that fails takes along what was not subscribed yet.
          await pause();
        }
      }
      return false;
    };
    const joined = this.#first.then(join);
    return () => {
      isWanted = false;
      // Who never joined has nothing to leave: the client would take the channel from whoever joined meanwhile.
      const part = (hasJoined: boolean) => (hasJoined ? this.#client.unsubscribe(channel, listener) : undefined);
      void joined.then(part).catch(() => {});
    };
  }

  close(): void {
    this.#isReady = false;
    this.#isClosed = true;
    this.#client.destroy();
  }

  /** Whoever asks before the first connection is there waits for it. */
  async #connect(): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, firstConnectionMs);
    });
    const connected = this.#client.connect().then(
      () => {},
      () => {},
    );
    await Promise.race([connected, late]);
    clearTimeout(timer);
    this.#isFirst = false;
  }

  #goOn(): void {
    this.#isStalled = false;
    if (!this.#isFirst) this.#isBack();
  }

  #send(slotKey: string, command: string[]): Promise<unknown> {
    if (this.#isFirst) return this.#first.then(() => this.#send(slotKey, command));
    if (!this.isReachable) return Promise.reject(new StoreUnreachable('Redis cannot be reached.'));
    return new Promise((resolve, reject) => {
      this.#underWay.add(reject);
      this.#watch ??= this.#watchOver();
      this.#client.send(slotKey, command).then(
        (reply) => {
          this.#answered(reject);
          resolve(reply);
        },
        (cause) => {
          this.#answered(reject);
          reject(new StoreUnreachable(cause instanceof Error ? cause.message : String(cause), { cause }));
        },
      );
    });
  }

  #answered(command: (error: Error) => void): void {
    this.#underWay.delete(command);
    this.#silentLooks = 0;
    if (this.#isStalled) this.#goOn();
  }

  #watchOver(): ReturnType<typeof setInterval> {
    this.#silentLooks = 0;
    const watch = setInterval(() => {
      if (this.#underWay.size === 0) {
        clearInterval(watch);
        this.#watch = undefined;
      } else if (++this.#silentLooks * lookMs > stalledMs) this.#stall();
    }, lookMs);
    (watch as { unref?: () => void }).unref?.();
    return watch;
  }

  #stall(): void {
    this.#isStalled = this.#client.isOneServer;
    const error = new StoreUnreachable(`Redis has not answered for ${stalledMs} ms.`);
    for (const reject of this.#underWay) reject(error);
    this.#underWay.clear();
  }
}

/** What Redis calls a script: its SHA-1. */
function nameOf(script: string): string {
  return createHash('sha1').update(script).digest('hex');
}

/** The deadlines are ours: the client's own would cost an `AbortSignal` a command. */
const options = {
  disableOfflineQueue: true,
  maintNotifications: 'disabled',
  commandOptions: { timeout: 0 },
  pingInterval: silentMs / 3,
} as const;
const socket = {
  connectTimeout: 1_000,
  socketTimeout: silentMs,
  /** Soon at first, and then every second, with some chance in it: many processes come back at a time. */
  reconnectStrategy: (retries: number) => Math.min(50 * 2 ** retries, 1_000) + Math.floor(Math.random() * 100),
};

function oneServer(url: string, listener: Listener): Client {
  const client = createClient({ ...options, url, socket: { ...socket } });
  // Each failed attempt is an `error`; what it means is said to whoever asks.
  client.on('error', () => listener.lost());
  client.on('ready', () => listener.ready());
  return {
    isOneServer: true,
    connect: () => client.connect(),
    destroy: () => client.destroy(),
    send: (_, command) => client.sendCommand(command),
    servers: async () => [(command) => client.sendCommand(command)],
    subscribe: (channel, heard) => client.sSubscribe(channel, heard),
    unsubscribe: (channel, heard) => client.sUnsubscribe(channel, heard),
  };
}

const pause = () => new Promise((resolve) => setTimeout(resolve, askAgainMs));

/** A node that is out of reach fails what is asked of it; the others go on. */
function cluster(urls: readonly string[], listener: Listener): Client {
  const client = createCluster({
    rootNodes: urls.map((url) => ({ url, socket: { ...socket } })),
    defaults: { ...options, socket: { ...socket } },
  });
  client.on('error', () => {});
  client.on('node-error', () => {});
  client.on('node-ready', () => listener.ready());
  let isDestroyed = false;
  return {
    isOneServer: false,
    connect: async () => {
      // It asks each node once, and no more. Later it comes back by itself, as the client of one server always does.
      for (let isConnected = false; !isConnected && !isDestroyed; ) {
        try {
          await client.connect();
          isConnected = true;
        } catch {
          await pause();
        }
      }
    },
    destroy: () => {
      isDestroyed = true;
      client.destroy();
    },
    send: (slotKey, command) => client.sendCommand(slotKey, false, command),
    servers: () =>
      Promise.all(
        client.masters.map(async (master) => {
          const node = await client.nodeClient(master);
          return (command: string[]) => node.sendCommand(command);
        }),
      ),
    subscribe: (channel, heard) => client.sSubscribe(channel, heard),
    unsubscribe: (channel, heard) => client.sUnsubscribe(channel, heard),
  };
}
