import { type InstanceProcess, startInstance } from '../processes.ts';
import { Router } from '../router.ts';
import type { StoreAddress } from '../store-address.ts';
import type { Random } from './random.ts';

/** A port where nobody listens: a connection to the place of a process that is not there is refused. */
const nowhere = 1;

/** Processes on one store that are killed at random, one at a time, and started again by their supervisor. */
export class KilledProcesses implements AsyncDisposable {
  readonly router: Router;
  /** When each was killed, and which: for whoever has to find out what went wrong. */
  readonly kills: { at: number; instance: string }[] = [];
  readonly #store: StoreAddress;
  readonly #random: Random;
  readonly #alive = new Map<number, { instance: InstanceProcess; name: string }>();
  readonly #restarts = new Set<Promise<void>>();
  #started = 0;

  private constructor(store: StoreAddress, random: Random, router: Router) {
    this.#store = store;
    this.#random = random;
    this.router = router;
  }

  static async start(count: number, store: StoreAddress, random: Random): Promise<KilledProcesses> {
    const processes = new KilledProcesses(store, random, await Router.to(Array.from({ length: count }, () => nowhere)));
    await Promise.all(Array.from({ length: count }, (_, slot) => processes.#start(slot)));
    return processes;
  }

  /** Kills one of those that are alive, but never one of the last two: somebody has to notice. Its place is taken by a new one as soon as that listens. */
  kill(): void {
    const slots = [...this.#alive.keys()];
    if (slots.length <= 2) return;
    const slot = this.#random.of(slots);
    const { instance, name } = this.#alive.get(slot) as { instance: InstanceProcess; name: string };
    this.#alive.delete(slot);
    this.#place(slot, nowhere);
    this.kills.push({ at: Date.now(), instance: name });
    const restart = instance
      .kill()
      .then(() => this.#start(slot))
      .finally(() => this.#restarts.delete(restart));
    this.#restarts.add(restart);
  }

  /** Waits until all that were killed are there again. */
  async restarted(): Promise<void> {
    await Promise.all(this.#restarts);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.restarted();
    await Promise.all([...this.#alive.values()].map(({ instance }) => instance.kill()));
    await this.router[Symbol.asyncDispose]();
  }

  async #start(slot: number): Promise<void> {
    const name = `${slot}-${++this.#started}`;
    const options = { instanceHeader: 'X-Instance', instanceName: name };
    const instance = await startInstance(this.#store, options);
    this.#alive.set(slot, { instance, name });
    this.#place(slot, instance.port);
  }

  #place(slot: number, port: number): void {
    this.router.ports = this.router.ports.map((before, index) => (index === slot ? port : before));
  }
}
