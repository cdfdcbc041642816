import { spawn } from 'node:child_process';

/** Runs a command in a shell, as a reader would, and gives what it printed. */
export function inTerminal(command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const shell = spawn('bash', ['--norc', '-c', command], { stdio: ['ignore', 'pipe', 'ignore'] });
    let printed = '';
    shell.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
    });
    shell.on('error', reject);
    shell.on('close', () => resolve(printed));
  });
}
