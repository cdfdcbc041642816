/**
 * Loaded by a server before its own code. Its heap has no bound that would make V8 collect all of it every few minutes,
 * and what nobody has collected cannot be told from what is kept.
 */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const everyMs = 5_000;

setFlagsFromString('--expose-gc');
setInterval(runInNewContext('gc') as () => void, everyMs).unref();
