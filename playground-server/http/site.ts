/** The built site: immutable assets, revalidated pages, one address for each page, and its own page for what is not there. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join, sep } from 'node:path';
import type { Readable } from 'node:stream';
import sirv from 'sirv';
import { HttpProblem } from './problem.ts';
import { sitePolicy } from './security-headers.ts';

export type SiteHandler = (request: IncomingMessage, response: ServerResponse, path: string) => void;

/** Names under it carry a hash of their content. */
const hashedFolder = '/_astro/';

/**
 * Reads what is in the folder once: a later build needs a restart.
 * @returns the handler, or `undefined` when the site is not built
 */
export function siteHandler(folder: string): SiteHandler | undefined {
  if (!existsSync(join(folder, 'index.html'))) return undefined;
  const policy = sitePolicy(folder);
  const pages = pagePaths(folder);
  const notFoundFile = join(folder, '404.html');
  const notFoundPage = existsSync(notFoundFile) ? readFileSync(notFoundFile) : undefined;
  const serve = sirv(folder, {
    etag: true,
    brotli: true,
    gzip: true,
    setHeaders(response, path) {
      const isHashed = path.startsWith(hashedFolder);
      response.setHeader('Cache-Control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });

  const answerNotFound = (response: ServerResponse): void => {
    if (!notFoundPage) throw new HttpProblem('not-found', 'There is nothing at this address.');
    response.writeHead(404, {
      'Content-Type': 'text/html;charset=utf-8',
      'Content-Length': notFoundPage.length,
      'Content-Security-Policy': policy,
      'Cache-Control': 'no-cache',
    });
    response.end(notFoundPage);
  };

  return (request, response, path) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      throw new HttpProblem('method-not-allowed', 'The site serves GET and HEAD.', { Allow: 'GET, HEAD' });
    }
    const moved = canonicalPath(path, pages);
    if (moved !== undefined) {
      response.writeHead(301, { Location: moved + (request.url ?? '').slice(path.length), 'Content-Length': 0 });
      response.end();
      return;
    }
    if (path === '/404' || path === '/404/' || path === '/404.html') return answerNotFound(response);
    // A page's parts are small enough to be sent whole, and what is compressed cannot be cut. Ranges are optional
    // (RFC 9110, 14.2).
    delete request.headers.range;
    response.once('pipe', (file: Readable) => ownFile(file, response));
    // Also on a 304, for which sirv sets no headers: a browser takes the policy of a revalidated page from there
    // (RFC 9111, 3.2).
    response.setHeader('Content-Security-Policy', policy);
    serve(request, response, () => answerNotFound(response));
  };
}

/**
 * sirv pipes a file and looks no further: one that is gone since the start, as after a build, would end the process,
 * and one whose reader has left would stay open.
 */
function ownFile(file: Readable, response: ServerResponse): void {
  file.once('error', () => response.destroy());
  response.once('close', () => file.destroy());
}

/** `/start/` for each `start/index.html`. */
function pagePaths(folder: string): ReadonlySet<string> {
  const pages = new Set<string>();
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const path = `/${name.split(sep).join('/')}`;
    if (path.endsWith('/index.html')) pages.add(path.slice(0, -'index.html'.length));
  }
  return pages;
}

/** Where a page really is, when it was asked for without its final slash or by the name of its file. */
function canonicalPath(path: string, pages: ReadonlySet<string>): string | undefined {
  if (pages.has(`${path}/`)) return `${path}/`;
  const folder = path.endsWith('/index.html') ? path.slice(0, -'index.html'.length) : undefined;
  return folder !== undefined && pages.has(folder) ? folder : undefined;
}
