/** Runs snippet files as a reader would: curl by a shell, TypeScript by Node, with the placeholders filled in. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = join(root, 'content/snippets');

export interface Values {
  endpoint: string;
  origin?: string;
  session?: string;
  lastEventId?: string;
}

/** All snippet files but the recorded outputs, e.g. `watch-a-session/open.sh`. */
export function snippetFiles(): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(sh|ts|conf|cfg|rb|ru)$/.test(name))
    .sort();
}

export interface Running extends AsyncDisposable {
  /** What it printed to stdout so far. */
  output: () => string;
  /** When each piece of it came, in milliseconds, with the length of the output after it. */
  arrivals: readonly { atMs: number; length: number }[];
  /** Resolves to all it printed. @throws with stderr when it fails */
  finished: Promise<string>;
}

/** Starts a snippet, with arguments if it takes any; it is stopped with its scope. */
export function startSnippet(name: string, values: Values, args: readonly string[] = []): Running {
  const code = fill(readFileSync(join(folder, name), 'utf8'), name, values);
  // The page's own words: `curl` writes progress to stderr, which is not part of the output.
  const [command, how] = name.endsWith('.ts')
    ? [process.execPath, ['--input-type=module-typescript', '-']]
    : ['bash', ['-s']];
  const child = spawn(command, [...how, ...args], { cwd: root, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  const arrivals: { atMs: number; length: number }[] = [];
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    arrivals.push({ atMs: performance.now(), length: output.length });
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  child.stdin.end(code);
  let stopped = false;
  const finished = once(child, 'close').then(([exit]) => {
    if (exit !== 0 && !stopped) throw new Error(`${name} exited with ${exit}:\n${errors}\n${output}`);
    return output.replaceAll('\r\n', '\n');
  });
  finished.catch(() => {}); // Whoever awaits it sees the failure; a stopped snippet has nobody who does.
  return {
    output: () => output.replaceAll('\r\n', '\n'),
    arrivals,
    finished,
    async [Symbol.asyncDispose]() {
      stopped = true;
      // The shell and the curl in it: the whole group.
      if (child.exitCode === null && child.signalCode === null && child.pid) process.kill(-child.pid, 'SIGKILL');
      await finished.catch(() => {});
    },
  };
}

/** Runs a snippet to its end. */
export async function runSnippet(name: string, values: Values, args: readonly string[] = []): Promise<string> {
  await using snippet = startSnippet(name, values, args);
  return await snippet.finished;
}

function fill(code: string, name: string, values: Values): string {
  return code.replace(/\{\{(\w+)\}\}/g, (_, key: string) => {
    const value = values[key as keyof Values];
    if (value === undefined) throw new Error(`${name} needs {{${key}}}`);
    return value;
  });
}

/**
 * The output that a page shows for a snippet. With RECORD=1 the run just made takes its place first: that is how the
 * recordings under content/snippets came to be.
 */
export function recorded(name: string, fresh: string): string {
  const file = join(folder, `${name}.out`);
  if (process.env.RECORD) writeFileSync(file, `${fresh.trimEnd()}\n`);
  return readFileSync(file, 'utf8');
}

/** Leaves out what no two runs share: session ids, the date, process ids and times. */
export function normalise(output: string): string {
  return output
    .trimEnd()
    .replace(/\b(?:[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b/g, 'SESSION')
    .replace(/^(date:).*$/gim, '$1 DATE');
}
