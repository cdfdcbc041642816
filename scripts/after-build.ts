/**
 * What the built site still needs once every file of it is there: the Content-Security-Policy, with a hash for each
 * inline script and style that the build put into a page, and the text files compressed ahead of time.
 *
 * astro.config.mjs runs it at the end of every build, whoever started the build.
 */

import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const textTypes = new Set(['.html', '.css', '.js', '.json', '.svg', '.txt', '.md', '.xml']);
/** Below this many bytes the headers weigh more than what compression saves. */
const worthCompressing = 1024;

/**
 * Finishes the built site.
 * @param dist the folder it was built into
 * @returns how many files were compressed, and how many inline scripts the policy allows
 */
export async function afterBuild(dist: string): Promise<{ compressed: number; inlineScripts: number }> {
  const files = (await readdir(dist, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const pages = await Promise.all(files.filter((file) => file.endsWith('.html')).map((file) => readFile(file, 'utf8')));
  const scripts = hashesOf('script', pages);
  const policy = contentSecurityPolicy(scripts, hashesOf('style', pages));
  await writeFile(join(dist, '.headers.json'), `${JSON.stringify({ contentSecurityPolicy: policy }, null, 2)}\n`);

  const compressed = await Promise.all(files.filter((file) => textTypes.has(extname(file))).map(compress));
  return { compressed: compressed.filter(Boolean).length, inlineScripts: scripts.length };
}

/** The policy of every page: nothing from elsewhere, no inline code but what the build itself put there. */
function contentSecurityPolicy(scriptHashes: readonly string[], styleHashes: readonly string[]): string {
  const directives: Record<string, readonly string[]> = {
    'default-src': ["'none'"],
    // Pagefind's search is WebAssembly.
    'script-src': ["'self'", "'wasm-unsafe-eval'", ...scriptHashes],
    'worker-src': ["'self'"],
    'style-src': ["'self'", ...styleHashes],
    // Starlight and the diagrams place things with style attributes.
    'style-src-attr': ["'unsafe-inline'"],
    // Starlight's icons in CSS are data URIs.
    'img-src': ["'self'", 'data:'],
    'font-src': ["'self'"],
    'connect-src': ["'self'"],
    'base-uri': ["'none'"],
    'form-action': ["'none'"],
    'frame-ancestors': ["'none'"],
  };
  return Object.entries(directives)
    .map(([name, values]) => `${name} ${values.join(' ')}`)
    .join('; ');
}

/** The hashes of all inline elements of that name, as the policy wants them, each once and in a stable order. */
function hashesOf(element: 'script' | 'style', pages: readonly string[]): string[] {
  const inline = new RegExp(`<${element}((?:\\s[^>]*)?)>([\\s\\S]*?)</${element}>`, 'g');
  const hashes = new Set<string>();
  for (const page of pages) {
    for (const [, attributes = '', text = ''] of page.matchAll(inline)) {
      if (/\ssrc\s*=/.test(attributes) || text === '') continue;
      hashes.add(`'sha256-${createHash('sha256').update(text).digest('base64')}'`);
    }
  }
  return [...hashes].sort();
}

/** Writes `<file>.br` and `<file>.gz` beside the file, at the highest level: it is done once and read many times. */
async function compress(file: string): Promise<boolean> {
  const content = await readFile(file);
  if (content.length < worthCompressing) return false;
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
  await Promise.all([
    promisify(brotliCompress)(content, quality).then((bytes) => writeFile(`${file}.br`, bytes)),
    promisify(gzip)(content, { level: 9 }).then((bytes) => writeFile(`${file}.gz`, bytes)),
  ]);
  return true;
}
