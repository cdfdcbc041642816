import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const transport = fileURLToPath(new URL('../../playground-server/transport', import.meta.url));
/** Redis itself is reached through its official client. */
const allowed = ['node.ts', 'backplane/sqlite.ts', 'backplane/redis-connection.ts'];

/** What a file imports, exports from, or loads: static and dynamic, types as well. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  const found = text.matchAll(/\b(?:from|import|require)\s*\(?\s*['"]([^'"]+)['"]/g);
  return [...found].map(([, specifier]) => specifier as string);
}

test('[X3] nothing under transport/ imports a node: module, a package or a file outside, but the adapter and the stores', () => {
  const files = globSync('**/*.ts', { cwd: transport });
  expect(files.length).toBeGreaterThan(20);
  const foreign = files
    .filter((file) => !allowed.includes(file))
    .flatMap((file) => importsOf(join(transport, file)).map((specifier) => ({ file, specifier })))
    .filter(({ file, specifier }) => {
      if (!specifier.startsWith('.')) return true;
      return relative(transport, resolve(transport, dirname(file), specifier)).startsWith('..');
    });
  expect(foreign).toEqual([]);
  // The walk sees what it looks for.
  expect(importsOf(join(transport, 'node.ts'))).toContain('node:diagnostics_channel');
});

test('[X3] the public face reaches neither the adapter nor a store', () => {
  const seen = new Set<string>();
  const walk = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const specifier of importsOf(file)) walk(resolve(dirname(file), specifier));
  };
  walk(join(transport, 'index.ts'));
  const reached = [...seen].map((file) => relative(transport, file));
  expect(reached).toContain('handshake/stream.ts');
  for (const file of allowed) expect(reached).not.toContain(file);
});

/** AES-256-GCM has no other door than Web Crypto (rule I2); it says so where that door is missing. */
const sealing = ['modern/request-state.ts'];

test('[X3] no global of Node alone is used, and of Web Crypto only getRandomValues, but for sealing', () => {
  for (const file of globSync('**/*.ts', { cwd: transport })) {
    if (allowed.includes(file)) continue;
    const text = readFileSync(join(transport, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
    expect(text, file).not.toMatch(/\b(?:Buffer|process|setImmediate|__dirname|global)\s*[.([]/);
    if (sealing.includes(file)) continue;
    expect(text.match(/\bcrypto\.\w+/g) ?? [], file).toEqual(text.match(/\bcrypto\.getRandomValues/g) ?? []);
  }
});
