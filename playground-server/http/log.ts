/** The server's own log: JSON lines on stderr, so that stdout says where the server is and nothing else. */

import { destination, type Logger, pino } from 'pino';
import type { LogLevelName } from '../config.ts';

export function createLog(level: LogLevelName): Logger {
  // Written at once: the last lines before an exit are the ones that matter.
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination({ fd: 2, sync: true }));
}
