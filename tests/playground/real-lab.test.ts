import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { LabCreated } from '../../playground-server/lab/api.ts';
import type { WireEvent } from '../../playground-server/lab/wire.ts';
import { WireClient } from '../../playground-server/wire-client/index.ts';
import { watchOneSession } from '../../src/lessons/watch-one-session.ts';
import type { LabHandle } from '../../src/playground/client/api.ts';
import { followWire, type WireState } from '../../src/playground/client/wire-stream.ts';
import { detailOf } from '../../src/playground/model/detail.ts';
import { layout } from '../../src/playground/model/layout.ts';
import { progressOf } from '../../src/playground/model/lesson.ts';
import { processesAfter } from '../../src/playground/model/processes.ts';
import type { ArrowRow, Row } from '../../src/playground/model/rows.ts';
import { rowInWords } from '../../src/playground/model/summary.ts';
import { type RunningServer, startServer } from '../setup/server.ts';
import { until } from '../setup/until.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
  // The page's own code asks with paths, as a page may.
  const ask = globalThis.fetch;
  vi.stubGlobal('fetch', (input: string, init?: RequestInit) => ask(new URL(input, server.origin), init));
});
afterAll(async () => {
  vi.unstubAllGlobals();
  await server.stop();
});

async function createLab(): Promise<LabHandle & { pid: number }> {
  const response = await fetch('/api/labs', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"deployment":"single"}',
  });
  const { id, token, deployment, endpoint, processes } = (await response.json()) as LabCreated;
  return { id, token, deployment, endpoint, pid: processes[0]?.pid ?? 0 };
}

/** Follows a lab's wire into a list, as the page does. */
function follow(lab: LabHandle, options: { after?: number; silenceMs?: number } = {}) {
  const events: WireEvent[] = [];
  const states: WireState[] = [];
  const stop = new AbortController();
  const done = followWire({
    lab,
    after: options.after ?? 0,
    signal: stop.signal,
    onEvents: (received) => events.push(...received),
    onState: (state) => states.push(state),
    ...(options.silenceMs !== undefined && { silenceMs: options.silenceMs }),
  });
  return { events, states, done, stop: () => stop.abort() };
}

/** The words of the rows without what differs from run to run: session ids. */
const words = (rows: readonly Row[]): string[] =>
  rows.map((row) => rowInWords(row).replace(/Mcp-Session-Id: \S+?(,|$)/, 'Mcp-Session-Id: ID$1'));

describe('a real lab', () => {
  test('lesson 1, headless: the real wire draws these rows and ticks every step', async () => {
    const lab = await createLab();
    const wire = follow(lab);
    const client = new WireClient({ endpoint: lab.endpoint, clientInfo: { name: 'test', version: '1' } });
    const rows = (): Row[] => layout(wire.events);
    const drawn = (text: string): Promise<unknown> =>
      until(`a row "${text}"`, () => words(rows()).some((row) => row.includes(text)));

    await client.open();
    await client.request('tools/list', {});
    const call = { name: 'count', arguments: { to: 2, everyMs: 50 }, _meta: { progressToken: 't' } };
    await client.request('tools/call', call);
    const listening = client.listen();
    await drawn('0.0 primed');
    await client.request('tools/call', { name: 'announce', arguments: {} });
    await drawn('0.1 tools/list_changed');
    await client.end();
    await listening;
    await drawn('200 session ended');
    await drawn('stream 0 ends');
    wire.stop();

    const seen = words(rows());
    // Each of these two ends a different connection: which is forwarded first is not promised.
    const tail = seen.splice(-2).sort();
    expect(seen).toEqual([
      'you to p1: POST initialize, session created',
      'p1 to you: 200 Mcp-Session-Id: ID',
      'you to p1: POST initialized, session found',
      'p1 to you: 202',
      'you to p1: POST tools/list, session found',
      'p1 to you: 200 1.0 primed',
      'p1 to you: 1.1 result, stream ends',
      'you to p1: POST count {to: 2, everyMs: 50}, session found',
      'p1 to you: 200 2.0 primed',
      'p1 to you: 2.1 progress 1 of 2',
      'p1 to you: 2.2 progress 2 of 2',
      'p1 to you: 2.3 result, stream ends',
      'you to p1: GET stream, session found',
      'p1 to you: 200 0.0 primed',
      'you to p1: POST announce, session found',
      'p1 to you: 200 3.0 primed',
      'p1 to you: 0.1 tools/list_changed',
      'p1 to you: 3.1 result, stream ends',
      'you to p1: DELETE session, session ended',
    ]);
    expect(tail).toEqual(['p1 to you: 200 session ended', 'p1 to you: stream 0 ends']);
    expect(rows().every((row) => row.kind === 'note' || !row.pending)).toBe(true);
    expect(progressOf(watchOneSession, wire.events).map(({ seen: what }) => what !== undefined)).toEqual(
      watchOneSession.steps.map(() => true),
    );
    expect(processesAfter([], wire.events)).toMatchObject([{ name: 'p1', pid: lab.pid, alive: true, sessions: [] }]);

    const progress = rows().find((row) => rowInWords(row).includes('2.1 progress')) as ArrowRow;
    const detail = detailOf(wire.events, progress);
    expect(JSON.parse(detail?.json ?? '')).toMatchObject({ params: { progress: 1, total: 2 } });
    const chosen = detail?.response.flatMap(({ lines }) => lines).filter(({ selected }) => selected);
    expect(chosen).toMatchObject([{ name: 'id', value: '2.1' }, { name: 'data' }]);
  });

  test('a wire that resumes goes on where it stopped, without a gap and without a repetition', async () => {
    const lab = await createLab();
    const client = new WireClient({ endpoint: lab.endpoint, clientInfo: { name: 'test', version: '1' } });
    const first = follow(lab);
    await client.open();
    await until('the session', () => first.events.some(({ body }) => body.type === 'session-created'));
    first.stop();
    await first.done;
    await client.request('tools/list', {});
    const after = first.events.at(-1)?.id ?? 0;
    const second = follow(lab, { after });
    await client.end();
    await until('the end', () => second.events.some(({ body }) => body.type === 'session-ended'));
    second.stop();
    const ids = [...first.events, ...second.events].map(({ id }) => id);
    expect(ids).toEqual(ids.map((_, index) => index + 1));
  });

  test('behind a proxy that holds event streams back, the page asks by long polling', async () => {
    const lab = await createLab();
    const direct = globalThis.fetch;
    vi.stubGlobal('fetch', (input: string, init?: RequestInit) => {
      const stream = input.includes('/wire?from');
      // The head of the answer passes, and not one byte of its body.
      return stream
        ? Promise.resolve(
            new Response(
              new ReadableStream({
                start: (body) => {
                  init?.signal?.addEventListener('abort', () => body.error(new Error('aborted')));
                },
              }),
            ),
          )
        : direct(input, init);
    });
    try {
      const wire = follow(lab, { silenceMs: 100 });
      const client = new WireClient({ endpoint: lab.endpoint, clientInfo: { name: 'test', version: '1' } });
      await client.open();
      await until('the session, by polling', () => wire.events.some(({ body }) => body.type === 'session-created'));
      expect(wire.events.map(({ id }) => id)).toEqual(wire.events.map((_, index) => index + 1));
      wire.stop();
      await wire.done;
    } finally {
      vi.stubGlobal('fetch', direct);
    }
  });

  test('a lab that is gone ends the following', async () => {
    const lab = await createLab();
    const wire = follow(lab);
    await until('the first event', () => wire.events.length > 0);
    await fetch(`/api/labs/${lab.id}`, { method: 'DELETE', headers: { authorization: `Bearer ${lab.token}` } });
    await wire.done;
    expect(wire.events.at(-1)?.body).toEqual({ type: 'lab-ended', reason: 'deleted' });
    expect(wire.states.at(-1)).toBe('gone');
  });
});
