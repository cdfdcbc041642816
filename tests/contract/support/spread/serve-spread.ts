import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Inspection, TransportOptions } from '../../../../playground-server/transport/index.ts';
import { Client } from '../client.ts';
import type { TestHandler } from '../handler.ts';
import { Router } from '../router.ts';
import type { StoreAddress } from '../store-address.ts';
import type { InstanceParts } from './instance-parts.ts';
import { Line } from './line.ts';
import { remote } from './remote.ts';

/** How many processes serve what a test serves. */
const processCount = Number(process.env.SPREAD ?? 0);
const module = fileURLToPath(new URL('../children/spread-instance.ts', import.meta.url));

/** The test's half of what runs elsewhere. */
interface Given {
  handler: TestHandler;
  options: Record<string, unknown>;
  now: (() => number) | undefined;
}

const given = new Map<number, Given>();
let count = 0;
/** Started with the first test of a file that needs them. */
let started: Promise<Line[]> | undefined;

/**
 * What `serve` does, on three processes that share a store, behind a router that hands each connection to the next of them.
 * The handler and every other function of the options run here, in the test's process: what they are given and what they
 * call is in the process that serves the request.
 */
export async function serveSpread(
  handler: TestHandler,
  options: Partial<TransportOptions>,
  store: StoreAddress,
  now: (() => number) | undefined,
) {
  started ??= startProcesses();
  const lines = await started;
  const number = ++count;
  given.set(number, { handler, options: options as Record<string, unknown>, now });
  const parts = partsOf(handler, options, store, now !== undefined);
  const ports = await Promise.all(lines.map((line) => line.call('serve', number, parts) as Promise<number>));
  const router = await Router.to(ports);
  return Object.assign(new Client(router.port), {
    transport: transportOf(number, lines),
    server: {
      closeAllConnections: () => {
        for (const line of lines) line.call('closeAllConnections', number);
      },
      getConnections: (done: (error: null, count: number) => void) => done(null, router.connections),
    },
    stop: async () => {
      await Promise.all(lines.map((line) => line.call('stop', number)));
      await router[Symbol.asyncDispose]();
      given.delete(number);
    },
  });
}

function partsOf(
  handler: TestHandler,
  options: Partial<TransportOptions>,
  store: StoreAddress,
  hasClock: boolean,
): InstanceParts {
  const entries = Object.entries(options);
  const functions = entries.filter(([, value]) => typeof value === 'function').map(([name]) => name);
  const members = ['describe', 'request', 'notification', 'serves', 'headerParameters'] as const;
  return {
    store,
    hasClock,
    // What one instance seals, the next one opens (rule I3).
    options: {
      requestStateKeys: [new Uint8Array(32)],
      ...Object.fromEntries(entries.filter(([name]) => !functions.includes(name))),
    },
    functions,
    handler: members.filter((name) => typeof handler[name] === 'function'),
  };
}

/** The transports of all instances as one: each call goes to the next of them, or to all where it is about all. */
function transportOf(number: number, lines: readonly Line[]) {
  let turn = 0;
  const next = (method: string, ...args: unknown[]) =>
    (lines[turn++ % lines.length] as Line).call('transport', number, method, args);
  const all = (method: string, ...args: unknown[]) => lines.map((line) => line.call('transport', number, method, args));
  return {
    // What two instances broadcast has no order.
    broadcast: (...args: unknown[]) =>
      void (lines[number % lines.length] as Line).call('transport', number, 'broadcast', args),
    endSession: (id: string) => next('endSession', id) as Promise<boolean>,
    inspect: () => merged(all('inspect') as Inspection[]),
    close: async (options?: object) => void (await Promise.all(all('close', options))),
  };
}

/** A session, or a stream, that several instances know is one. */
function merged(inspections: readonly Inspection[]): Inspection {
  const sessions = inspections.flatMap((one) => one.sessions);
  const streams = inspections.flatMap((one) => one.streams);
  return {
    sessions: [...new Map(sessions.map((session) => [session.id, session])).values()],
    streams: [...Map.groupBy(streams, ({ session, stream }) => `${session} ${stream}`).values()].map((same) => ({
      ...(same[0] as Inspection['streams'][number]),
      open: same.some(({ open }) => open),
    })),
    inFlight: inspections.flatMap((one) => one.inFlight),
    listening: inspections.reduce((sum, { listening }) => sum + listening, 0),
  };
}

async function startProcesses(): Promise<Line[]> {
  const folder = mkdtempSync(join(tmpdir(), 'spread-'));
  // The last of them to go takes it along: this process is ended without a word.
  return Promise.all(Array.from({ length: processCount }, (_, n) => startProcess(join(folder, String(n)))));
}

async function startProcess(path: string): Promise<Line> {
  const contexts = new Map<number, AbortController>();
  const line = await Line.listen(path, {
    handler: (number: number, name: 'request', message: never, ref?: number) => {
      const { handler } = given.get(number) as Given;
      if (ref === undefined) return handler[name](message, undefined as never);
      const aborter = new AbortController();
      contexts.set(ref, aborter);
      return handler[name](message, remote(line, ref, { signal: aborter.signal }) as never);
    },
    aborted: (ref: number) => contexts.get(ref)?.abort(),
    option: (number: number, name: string, args: unknown[]) => {
      const option = given.get(number)?.options[name] as (...args: unknown[]) => unknown;
      return option(...args.map(asHead));
    },
    now: (number: number) => given.get(number)?.now?.(),
  });
  const child: ChildProcess = fork(module, [path], { execArgv: [] });
  await once(child, 'message');
  child.unref();
  child.channel?.unref();
  process.once('exit', () => child.kill('SIGKILL'));
  return line;
}

/** A request's head was sent as data. */
function asHead(value: unknown): unknown {
  const { method, headers } = (value ?? {}) as { method?: string; headers?: Record<string, string> };
  if (typeof method !== 'string' || typeof headers !== 'object') return value;
  return { method, header: (name: string) => headers[name], raw: undefined };
}
