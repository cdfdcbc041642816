import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { TransportOptions } from '../../../playground-server/transport/index.ts';
import { Client, type ClientSession, latest, ClientSession as Session } from './client.ts';
import type { StoreAddress } from './store-address.ts';

const module = fileURLToPath(new URL('./children/instance.ts', import.meta.url));

/** One instance in its own process. */
export class InstanceProcess extends Client {
  readonly child: ChildProcess;
  readonly #exited: Promise<unknown>;

  constructor(port: number, child: ChildProcess, exited: Promise<unknown>) {
    super(port);
    this.child = child;
    this.#exited = exited;
  }

  /** A session that any instance opened, used here. */
  at(session: ClientSession): ClientSession {
    return new Session(this, session.id, latest);
  }

  /** @returns when it is gone */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.child.kill(signal);
    await this.#exited;
  }
}

export interface Instances extends AsyncDisposable {
  all: InstanceProcess[];
}

/** Starts so many processes on this store. They are killed with their scope. */
export async function startInstances(
  count: number,
  store: StoreAddress,
  options: Partial<Omit<TransportOptions, 'handler' | 'backplane'>> = {},
): Promise<Instances> {
  const all = await Promise.all(Array.from({ length: count }, () => startInstance(store, options)));
  return { all, [Symbol.asyncDispose]: async () => void (await Promise.all(all.map((instance) => instance.kill()))) };
}

export async function startInstance(
  store: StoreAddress,
  options: Partial<Omit<TransportOptions, 'handler' | 'backplane'>> = {},
): Promise<InstanceProcess> {
  const child = fork(module, [store, JSON.stringify(options)], { execArgv: [] });
  const exited = once(child, 'exit');
  const port = await Promise.race([
    once(child, 'message').then(([message]) => message as number),
    exited.then(([code]) => Promise.reject(new Error(`The instance exited with ${code} before it listened`))),
  ]);
  return new InstanceProcess(port, child, exited);
}
