import { createClient } from '@redis/client';
import type { Reading } from './gauges.ts';

/** The store of the labs, seen from outside. */
export class RedisLook implements Disposable {
  readonly #client: ReturnType<typeof createClient>;
  /** What the keys of the lab begin with that lasts. */
  #prefix = '';

  private constructor(url: string) {
    this.#client = createClient({ url });
    // It ends with the run, whoever goes first.
    this.#client.on('error', () => {});
  }

  static async at(url: string): Promise<RedisLook> {
    const look = new RedisLook(url);
    await look.#client.connect();
    return look;
  }

  [Symbol.dispose](): void {
    this.#client.destroy();
  }

  /** From now on the only lab that there is counts by itself. */
  async findLab(): Promise<void> {
    const [key = ''] = await this.#client.keys('lab:*');
    this.#prefix = /^lab:[^:]+:/.exec(key)?.[0] ?? '';
  }

  async read(): Promise<Reading[]> {
    const [info, all, own] = await Promise.all([
      this.#client.info('memory'),
      this.#client.dbSize(),
      this.#client.keys(`${this.#prefix}*`),
    ]);
    return [
      ['Redis memory', 'bytes', Number(/^used_memory:(\d+)/m.exec(info)?.[1])],
      ['Redis keys of the lab', 'keys', own.length],
      ['Redis keys', 'keys', all],
    ];
  }

  keys(): Promise<string[]> {
    return this.#client.keys('*');
  }
}
