import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findNginx } from '../../scripts/lib/system-packages.js';
import { freePort } from './free-port.ts';
import { type RunningProxy, replaced, startProxy } from './proxy.ts';
import { tempFolder } from './temp-folder.ts';

/** The frame around a site's file, as Debian's nginx.conf is one: nothing in it changes how requests are passed on. */
const frame = (folder: string) => `
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log stderr info;
events {}
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  include ${folder}/site.conf;
}
`;

/**
 * Starts Debian's nginx with a site's file: `upstream` and `server` blocks, as they would lie in `sites-enabled`.
 *
 * @param site listens on `port`, whatever that is
 * @param words see `replaced`
 */
export async function startNginx(site: string, words: Readonly<Record<string, string>>): Promise<RunningProxy> {
  const command = findNginx();
  if (!command) throw new Error('No nginx in PATH. `npm test` installs it, or says how to.');
  const port = await freePort();
  const folder = await tempFolder();
  // Started by root, the workers are somebody else, who keeps request bodies there.
  await chmod(folder.path, 0o755);
  await writeFile(join(folder.path, 'nginx.conf'), frame(folder.path));
  await writeFile(
    join(folder.path, 'site.conf'),
    replaced(site, { 'listen 8080;': `listen 127.0.0.1:${port};`, ...words }),
  );
  return await startProxy(command, ['-p', folder.path, '-c', 'nginx.conf', '-e', 'stderr'], port, folder);
}
