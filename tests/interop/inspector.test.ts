import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { bin } from '../../scripts/lib/project.js';
import { startServer } from '../setup/server.ts';
import { tempFolder } from '../setup/temp-folder.ts';

test("the Inspector's command line lists the tools", async () => {
  await using server = await startServer();
  // It keeps a catalogue in the home folder, which is none of a test's business.
  await using home = await tempFolder();
  const args = ['--cli', `${server.origin}/mcp`, '--transport', 'http', '--method', 'tools/list'];
  const { stdout } = await promisify(execFile)(join(bin, 'mcp-inspector'), args, {
    env: { ...process.env, HOME: home.path },
  });
  const { tools } = JSON.parse(stdout) as { tools: { name: string }[] };
  expect(tools.map((tool) => tool.name)).toEqual(
    expect.arrayContaining(['whoami', 'count', 'remember', 'recall', 'slow', 'announce', 'chatter']),
  );
});
