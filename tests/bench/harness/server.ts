import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A server of a measure, in a process of its own. */
export interface BenchServer extends AsyncDisposable {
  readonly port: number;
  /** Lets it carry out one of its commands, and resolves to the answer. */
  ask<T>(command: string, given?: unknown): Promise<T>;
}

export interface StartOptions {
  /** For measures of memory: what is weighed then is what is held. */
  weighed?: boolean;
  /** Where to write a CPU profile of it when it stops. */
  profileTo?: string | undefined;
}

// As the memory tests of the contract do: no garbage that V8 leaves for later, no compiled code that it drops some time.
const weighedFlags = ['--expose-gc', '--max-semi-space-size=1', '--no-flush-bytecode'];

const profiling = (file: string) => [
  '--cpu-prof',
  `--cpu-prof-dir=${dirname(file)}`,
  `--cpu-prof-name=${basename(file)}`,
  '--cpu-prof-interval=200',
];

/**
 * Starts a program of `children/` and waits until it listens.
 *
 * @param options of that program
 * @throws when it exits before it listens
 */
export async function startServer(
  program: string,
  options: object = {},
  { weighed = false, profileTo }: StartOptions = {},
): Promise<BenchServer> {
  const path = fileURLToPath(new URL(`../children/${program}.ts`, import.meta.url));
  const execArgv = [...(weighed ? weighedFlags : []), ...(profileTo ? profiling(profileTo) : [])];
  const child = fork(path, [JSON.stringify(options)], { execArgv });
  const answers = new Map<number, (answer: never) => void>();
  const { port } = await firstWord(child, program);
  child.on('message', ({ id, answer }: { id: number; answer: never }) => {
    answers.get(id)?.(answer);
    answers.delete(id);
  });
  let count = 0;
  const ask = <T>(command: string, given?: unknown) =>
    new Promise<T>((resolve, reject) => {
      const id = ++count;
      answers.set(id, resolve as (answer: never) => void);
      const gone = () => reject(new Error(`${program} is gone: it cannot ${command}`));
      if (!child.connected) return gone();
      child.send({ id, command, given }, (error) => error && gone());
    });
  return {
    port,
    ask,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.disconnect();
      await gone;
    },
  };
}

async function firstWord(child: ChildProcess, program: string): Promise<{ port: number }> {
  const ended = new AbortController();
  child.once('exit', () => ended.abort());
  try {
    const [word] = await once(child, 'message', { signal: ended.signal });
    return word as { port: number };
  } catch {
    throw new Error(`The server ${program} ended before it listened`);
  }
}
