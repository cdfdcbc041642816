/**
 * Loaded by a server before its own code, and by each of its workers. V8 collects all of a heap when it has grown, which a
 * process with little to do can put off for hours; and what nobody has collected cannot be told from what is kept.
 */

import childProcess, { type ForkOptions } from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const everyMs = 5_000;

setFlagsFromString('--expose-gc');
setInterval(runInNewContext('gc') as () => void, everyMs).unref();

// A worker is given nothing of the environment of its server, and so none of its NODE_OPTIONS.
const { fork } = childProcess;
childProcess.fork = (module: string | URL, args?: readonly string[] | ForkOptions, options?: ForkOptions) =>
  fork(module, args as string[], {
    ...options,
    execArgv: [...(options?.execArgv ?? process.execArgv), `--import=${import.meta.url}`],
  });
syncBuiltinESMExports();
