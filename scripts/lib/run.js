import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { root, Stop, toolEnvironment } from './project.js';

/** What we started and has not ended. @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();
const signals = /** @type {const} */ (['SIGINT', 'SIGTERM']);
/** @type {'SIGINT' | 'SIGTERM' | undefined} */
let stoppedBy;

/**
 * Starts a tool in the root folder. Told to stop, this process stops its tools first and ends after them: a `kill`
 * leaves nothing running.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: Record<string, string>, stdio?: import('node:child_process').StdioOptions }} [options] `env` is added
 *   to the environment; `stdio` is inherited unless said
 */
export function launch(command, args, { env = {}, stdio = 'inherit' } = {}) {
  const child = spawn(command, args, { cwd: root, env: { ...toolEnvironment(), ...env }, stdio });
  if (running.size === 0) for (const signal of signals) process.on(signal, stopTools);
  running.add(child);
  child.once('close', () => {
    running.delete(child);
    if (running.size > 0) return;
    for (const signal of signals) process.off(signal, stopTools);
    if (stoppedBy) process.exit(128 + constants.signals[stoppedBy]);
  });
  return child;
}

/** @param {'SIGINT' | 'SIGTERM'} signal */
function stopTools(signal) {
  stoppedBy = signal;
  // Ctrl-C in a terminal reaches the tools without us, and to be told twice means hurry.
  if (signal === 'SIGINT' && process.stdin.isTTY) return;
  for (const child of running) child.kill(signal);
}

/**
 * Runs a tool to its end and keeps what it writes.
 *
 * @param {string} command
 * @param {string[]} args
 * @returns {Promise<{ ok: boolean, output: string }>} `ok` when it exited with 0; stdout and stderr as they came
 */
export function capture(command, args) {
  return new Promise((resolve) => {
    const child = launch(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    }
    child.on('error', (error) => resolve({ ok: false, output: `${output}${command}: ${error.message}\n` }));
    child.on('close', (code) => resolve({ ok: code === 0, output }));
  });
}

/**
 * One step of a longer job: says what it does in one line, and shows the tool's own output only when it fails.
 *
 * @param {string} what e.g. `'Building the site'`
 * @param {string} command
 * @param {string[]} args
 * @throws {Stop} when the tool fails
 */
export async function step(what, command, args) {
  const began = performance.now();
  console.log(`${what} …`);
  const { ok, output } = await capture(command, args);
  if (!ok) throw new Stop(`${output.trim()}\n\n${what} failed: ${[command, ...args].join(' ')}`);
  console.log(`${what}: done in ${((performance.now() - began) / 1000).toFixed(0)} s`);
}

/**
 * Runs a script's main function: a `Stop` ends it with its sentence and exit code 1, anything else is a bug and shows
 * its stack.
 *
 * @param {() => Promise<void>} main
 */
export async function runScript(main) {
  try {
    await main();
  } catch (error) {
    console.error(error instanceof Stop ? error.message : error);
    process.exitCode = 1;
  }
}
