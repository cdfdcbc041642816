/** What the tests of pages with recorded outputs have in common. */

import { expect } from 'vitest';
import { normalise, recorded, runSnippet } from './run-snippet.ts';

/** Asserts that a snippet printed what the page shows under `<topic>/<name>`. */
export function outputsOf(topic: string): (name: string, output: string) => void {
  return (name, output) => expect(normalise(output)).toBe(normalise(recorded(`${topic}/${name}`, output)));
}

/** The session that a snippet's output names in its response headers. */
export function sessionIn(output: string): string {
  const session = /^mcp-session-id: (\S+)$/im.exec(output)?.[1];
  if (!session) throw new Error(`No session id in:\n${output}`);
  return session;
}

/** Opens a session with the snippet that the pages show for it, whose own test is in watch-a-session.test.ts. */
export async function openSession(endpoint: string): Promise<string> {
  return sessionIn(await runSnippet('watch-a-session/open.sh', { endpoint }));
}
