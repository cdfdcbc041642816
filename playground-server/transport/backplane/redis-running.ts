import type { RequestId } from '../json-rpc.ts';
import type { UnfinishedStream } from './backplane.ts';
import type { RedisConnection } from './redis-connection.ts';
import { clock, keep } from './redis-scripts.ts';

/** An instance says this often, at most, that it is there. */
const announceMs = 1_000;
/** One that has said nothing for this long says it again before it runs anything. */
const silentMs = 5 * announceMs;
/** What nobody touches goes by itself so long after the last process has. */
const keepMs = 60_000;

/** KEYS: all instances. ARGV: clock, the instance. */
const announce = `${clock}${keep}
redis.call('ZADD', KEYS[1], now, ARGV[2])
keep(KEYS[1], ${keepMs})
return 1
`;

/** The same. One that came back meanwhile stays. */
const forget = `${clock}
local at = redis.call('ZSCORE', KEYS[1], ARGV[2])
if at and tonumber(at) < now - ${silentMs} then redis.call('ZREM', KEYS[1], ARGV[2]) end
return 1
`;

/** KEYS: what one instance runs. ARGV: clock, field, requests. */
const add = `${clock}${keep}
redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
keep(KEYS[1], ${keepMs})
return 1
`;

/**
 * Which requests each instance runs, so that another can end them should it die (rule B5). A hash for each instance,
 * of which every field is a session and a stream, and one set of all instances.
 */
export class RedisRunning {
  readonly #redis: RedisConnection;
  readonly #prefix: string;
  readonly #now: () => number;
  /** Instances of this process, and when they last said that they are there. */
  readonly #announced = new Map<string, number>();

  constructor(redis: RedisConnection, prefix: string, now: () => number) {
    this.#redis = redis;
    this.#prefix = prefix;
    this.#now = now;
  }

  async add({ session, stream, instance, requests }: UnfinishedStream): Promise<void> {
    const announced = this.#announce(instance);
    const field = JSON.stringify([session, stream]);
    const values = [this.#now(), field, JSON.stringify(requests)] as const;
    await Promise.all([announced, this.#redis.evaluate(add, [this.#key(instance)], ...values)]);
  }

  async remove({ session, stream, instance }: UnfinishedStream): Promise<void> {
    const script = "return redis.call('HDEL', KEYS[1], ARGV[1])";
    await this.#redis.evaluate(script, [this.#key(instance)], JSON.stringify([session, stream]));
  }

  /** Other instances that may owe an answer. */
  async others(instance: string): Promise<readonly string[]> {
    const script = "return redis.call('ZRANGE', KEYS[1], 0, -1)";
    const all = (await this.#redis.evaluate(script, [this.#all])) as string[];
    return all.filter((other) => other !== instance);
  }

  async of(instance: string): Promise<readonly UnfinishedStream[]> {
    const script = "return redis.call('HGETALL', KEYS[1])";
    const flat = (await this.#redis.evaluate(script, [this.#key(instance)])) as string[];
    const running: UnfinishedStream[] = [];
    for (let i = 0; i < flat.length; i += 2) {
      const [session, stream] = JSON.parse(flat[i] ?? '') as [string, string];
      running.push({ session, stream, instance, requests: JSON.parse(flat[i + 1] ?? '') as RequestId[] });
    }
    return running;
  }

  /** The instances of this process. */
  get ours(): readonly string[] {
    return [...this.#announced.keys()];
  }

  /** It has nothing left to answer, and is dead or idle: nobody has to look after it until it runs something again. */
  async forget(instance: string): Promise<void> {
    await this.#redis.evaluate(forget, [this.#all], this.#now(), instance);
  }

  /** Also after it was taken for dead, and forgotten. */
  async #announce(instance: string): Promise<void> {
    const nowMs = Date.now();
    if (nowMs - (this.#announced.get(instance) ?? 0) < announceMs) return;
    this.#announced.set(instance, nowMs);
    await this.#redis.evaluate(announce, [this.#all], this.#now(), instance);
  }

  get #all(): string {
    return `${this.#prefix}instances`;
  }

  #key(instance: string): string {
    return `${this.#prefix}{${instance}}:running`;
  }
}
