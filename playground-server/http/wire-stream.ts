/** A lab's wire log on its way to a reader: as server-sent events, or by long polling where a proxy holds those back. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { WireAnswer } from '../lab/api.ts';
import type { WireLog } from '../lab/wire-log.ts';
import { sendJson } from './json.ts';
import { HttpProblem } from './problem.ts';

/** Below the shortest idle cut of common proxies, which is 30 s. */
const keepAliveMs = 15_000;
const longestWaitMs = 30_000;

/**
 * Where a reader wants to begin: after the event it had last, else where `from` says, else with what comes next.
 * @throws HttpProblem when it names no event of this log
 */
export function startOfReading(request: IncomingMessage, query: URLSearchParams, log: WireLog): number {
  const last = request.headers['last-event-id'];
  if (typeof last === 'string' && last !== '') return eventId('Last-Event-ID', last, log);
  const from = query.get('from');
  return from === null ? log.lastId : eventId('from', from, log);
}

/** Writes events as fast as the reader takes them, until the log ends or the reader goes. */
export function streamWire(response: ServerResponse, log: WireLog, after: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let cursor = after;
  let takeBack = (): void => {};

  response.writeHead(200, {
    'Content-Type': 'text/event-stream',
    // A transformation, such as compression, would hold events back.
    'Cache-Control': 'no-cache, no-transform',
    'X-Accel-Buffering': 'no',
  });
  response.write('retry: 1000\n\n');
  const keepAlive = setInterval(() => {
    if (!response.writableNeedDrain) response.write(': keep-alive\n\n');
  }, keepAliveMs);

  const pull = (): void => {
    takeBack();
    for (const { id, json } of log.read(cursor)) {
      cursor = id;
      // The rest stays in the log until the socket has drained, and may leave it meanwhile.
      if (!response.write(`id: ${id}\ndata: ${json}\n\n`)) return void response.once('drain', pull);
    }
    if (log.ended) return void response.end();
    takeBack = log.onMore(pull);
  };
  response.once('close', () => {
    clearInterval(keepAlive);
    takeBack();
    response.off('drain', pull);
    resolve();
  });
  pull();
  return promise;
}

/**
 * Answers with what followed `after`, once there is something, the log ends or `waitMs` are over.
 * @throws HttpProblem when a parameter is not allowed
 */
export async function pollWire(response: ServerResponse, log: WireLog, query: URLSearchParams): Promise<void> {
  const after = eventId('after', query.get('after') ?? '0', log);
  const waitMs = Number(query.get('waitMs') ?? '0');
  if (!Number.isInteger(waitMs) || waitMs < 0 || waitMs > longestWaitMs) {
    throw new HttpProblem('bad-parameter', `waitMs is a whole number from 0 to ${longestWaitMs}.`);
  }
  if (after >= log.lastId && !log.ended && waitMs > 0) await moreOf(log, waitMs, response);
  const entries = log.read(after);
  // The entries are JSON already.
  const tail: Omit<WireAnswer, 'events'> = { lastId: entries.at(-1)?.id ?? after, ended: log.ended };
  const events = entries.map(({ json }) => json).join(',');
  sendJson(response, 200, `{"events":[${events}],${JSON.stringify(tail).slice(1)}`);
}

function moreOf(log: WireLog, waitMs: number, response: ServerResponse): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const takeBack = log.onMore(resolve);
  const timeUp = setTimeout(resolve, waitMs);
  response.once('close', resolve);
  return promise.finally(() => {
    takeBack();
    clearTimeout(timeUp);
    response.off('close', resolve);
  });
}

function eventId(name: string, text: string, log: WireLog): number {
  const id = Number(text);
  if (!/^\d{1,15}$/.test(text) || id > log.lastId) {
    throw new HttpProblem('bad-parameter', `${name} is the id of an event of this log, or 0 for its beginning.`);
  }
  return id;
}
