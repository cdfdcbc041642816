import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findHaproxy } from '../../scripts/lib/system-packages.js';
import { freePort } from './free-port.ts';
import { type RunningProxy, replaced, startProxy } from './proxy.ts';
import { tempFolder } from './temp-folder.ts';

/**
 * Starts Debian's HAProxy with a whole configuration file.
 *
 * @param config binds to `:8080`, which is replaced by a free port
 * @param words see `replaced`
 * @param old the running one that this one replaces, on its port: a reload. It is done when the old one has exited
 */
export async function startHaproxy(
  config: string,
  words: Readonly<Record<string, string>>,
  old?: RunningProxy,
): Promise<RunningProxy> {
  const command = findHaproxy();
  if (!command) throw new Error('No HAProxy in PATH. `npm test` installs it, or says how to.');
  const port = old?.port ?? (await freePort());
  const folder = await tempFolder();
  const file = join(folder.path, 'haproxy.cfg');
  await writeFile(file, replaced(config, { 'bind :8080': `bind 127.0.0.1:${port}`, ...words }));
  const takeOver = old ? ['-sf', String(old.pid)] : [];
  return await startProxy(command, ['-db', '-f', file, ...takeOver], port, folder);
}
