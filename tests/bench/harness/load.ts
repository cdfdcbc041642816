import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findWrk } from '../../../scripts/lib/system-packages.js';

/** Connections that are kept for the whole of a load. */
export const connections = 32;

export interface Load {
  port: number;
  /** One HTTP request as text, with `{id}` where its JSON-RPC id goes, and `{session}` if sessions take turns. */
  request: string;
  /** Sessions that take turns, or how many counted ones there are: see `children/ours.ts`. */
  sessions?: readonly string[] | number;
  seconds: number;
  /** Stops after so many answers, when that is sooner. */
  limit?: number;
}

export interface LoadResult {
  requests: number;
  requestsPerSecond: number;
}

/** Every id of a run is new: ids have ten digits, so that all requests of a measure have one length. */
let nextId = 1_000_000_000;

export function takeId(): number {
  return nextId++;
}

const script = fileURLToPath(new URL('load.lua', import.meta.url));

/**
 * Loads a server with `wrk`, on one thread.
 * @throws when a single answer was not a success, or a connection failed
 */
export async function load({ port, request, sessions = [], seconds, limit }: Load): Promise<LoadResult> {
  const wrk = findWrk();
  if (!wrk) throw new Error('No wrk in PATH. `npm run bench` installs it, or says how to.');
  const env = {
    ...process.env,
    BENCH_REQUEST: request,
    BENCH_FIRST_ID: String(nextId),
    ...(typeof sessions === 'number'
      ? { BENCH_COUNTED_SESSIONS: String(sessions) }
      : { BENCH_SESSIONS: sessions.join(',') }),
    ...(limit && { BENCH_LIMIT: String(limit) }),
  };
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', script, `http://127.0.0.1:${port}/mcp`];
  const { stdout } = await promisify(execFile)(wrk, args, { env });
  const line = /^BENCH (.+)$/m.exec(stdout)?.[1];
  if (!line) throw new Error(`wrk did not say what it measured:\n${stdout}`);
  const { requests, micros, refused, lost } = JSON.parse(line) as Record<string, number> as {
    requests: number;
    micros: number;
    refused: number;
    lost: number;
  };
  // Some may be under way when it stops.
  nextId += requests + 2 * connections;
  if (refused > 0) throw new Error(`${refused} of ${requests} answers were no success`);
  if (lost > 0) throw new Error(`${lost} of ${requests} requests were lost with their connections`);
  if (requests === 0) throw new Error('Nothing was answered');
  return { requests, requestsPerSecond: (requests / micros) * 1_000_000 };
}
