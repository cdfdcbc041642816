import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** An empty folder that is removed when its scope ends: `await using folder = await tempFolder(); folder.path`. */
export function tempFolder(): Promise<AsyncDisposable & { path: string }> {
  return mkdtempDisposable(join(tmpdir(), 'lab-test-'));
}
