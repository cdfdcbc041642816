/** What a real lab of four processes makes of the figure. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectionHeader, type LabCreated, type WireAnswer } from '../../playground-server/lab/api.ts';
import type { ConnectionMode, WireEvent } from '../../playground-server/lab/wire.ts';
import { WireClient } from '../../playground-server/wire-client/index.ts';
import { layout } from '../../src/playground/model/layout.ts';
import { countOutcomes } from '../../src/playground/model/outcome.ts';
import { processesAfter } from '../../src/playground/model/processes.ts';
import { routerAfter } from '../../src/playground/model/router-box.ts';
import type { ArrowRow, Row } from '../../src/playground/model/rows.ts';
import { rowInWords } from '../../src/playground/model/summary.ts';
import { type RunningServer, startServer } from '../setup/server.ts';
import { until } from '../setup/until.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server?.stop());

/** A lab of four processes, a session in it, and its log as it is asked for. */
async function forkedLab(connection: ConnectionMode) {
  const api = `${server.origin}/api/labs`;
  const json = { 'content-type': 'application/json' };
  const wanted = { method: 'POST', headers: json, body: JSON.stringify({ deployment: 'forked', connection }) };
  const lab = (await (await fetch(api, wanted)).json()) as LabCreated;
  const headers = { ...json, authorization: `Bearer ${lab.token}` };
  const client = new WireClient({
    endpoint: lab.endpoint,
    clientInfo: { name: 'test', version: '1' },
    headers: () => ({ [connectionHeader]: 'one' }),
  });
  await client.open();
  const events = async (): Promise<WireEvent[]> => {
    const answer = await fetch(`${api}/${lab.id}/wire?format=json&after=0&waitMs=0`, { headers });
    return ((await answer.json()) as WireAnswer).events;
  };
  return {
    events,
    call: async (times: number): Promise<void> => {
      for (let i = 0; i < times; i += 1) await client.request('tools/call', { name: 'whoami', arguments: {} });
    },
    kill: (process: string) => fetch(`${api}/${lab.id}/processes/${process}/kill`, { method: 'POST', headers }),
    [Symbol.asyncDispose]: async () => {
      await fetch(`${api}/${lab.id}`, { method: 'DELETE', headers });
    },
  };
}

const requests = (rows: readonly Row[]): ArrowRow[] => rows.filter((row): row is ArrowRow => row.kind === 'request');

/** Once the log holds so many requests, each with its outcome. */
async function rowsWith(lab: { events: () => Promise<WireEvent[]> }, count: number): Promise<Row[]> {
  let rows: Row[] = [];
  await until(`${count} requests`, async () => {
    rows = layout(await lab.events());
    return requests(rows).length === count && countOutcomes(rows).open === 0;
  });
  return rows;
}

describe('a real lab of four processes', () => {
  test('fresh connections: the requests go round, and only the process that opened the session finds it', async () => {
    await using lab = await forkedLab('fresh');
    await lab.call(8);
    const rows = await rowsWith(lab, 10);
    expect(requests(rows).map(({ to, mark }) => [to, mark?.kind])).toEqual([
      ['p1', 'born'],
      ...['p2', 'p3', 'p4'].map((name) => [name, 'missing']),
      ['p1', 'found'],
      ...['p2', 'p3', 'p4'].map((name) => [name, 'missing']),
      ['p1', 'found'],
      ['p2', 'missing'],
    ]);
    expect(countOutcomes(rows)).toEqual({ answered: 3, lost: 7, refused: 0, open: 0 });
    expect(rows.filter((row) => row.kind === 'response' && row.bad).map(rowInWords)).toEqual(
      ['p2', 'p3', 'p4', 'p2', 'p3', 'p4', 'p2'].map((name) => `${name} to you: 404 Session not found`),
    );
    const boxes = processesAfter([], await lab.events());
    expect(boxes.map(({ name, sessions, missed }) => [name, sessions.length, missed])).toEqual([
      ['p1', 1, 0],
      ['p2', 0, 3],
      ['p3', 0, 2],
      ['p4', 0, 2],
    ]);
    const found = rows.find((row) => row.kind === 'event' && rowInWords(row).includes('result'));
    expect(found && rowInWords(found)).toContain(`result: p1, pid ${boxes[0]?.pid}`);
  });

  test('a kept connection: one process takes all of it, and nothing is lost', async () => {
    await using lab = await forkedLab('kept');
    await lab.call(4);
    const rows = await rowsWith(lab, 6);
    expect(new Set(requests(rows).map(({ to }) => to)).size).toBe(1);
    expect(countOutcomes(rows)).toEqual({ answered: 6, lost: 0, refused: 0, open: 0 });
    expect(routerAfter(undefined, await lab.events())?.connection).toBe('kept');
  });

  test('the process that holds the session is killed: its session goes with it, a successor has its name', async () => {
    await using lab = await forkedLab('fresh');
    await lab.kill('p1');
    let rows: Row[] = [];
    const noted = (note: string): boolean => rows.some((row) => row.kind === 'note' && row.note === note);
    await until('the successor', async () => {
      rows = layout(await lab.events());
      return noted('successor');
    });
    const notes = rows.filter((row) => row.kind === 'note');
    expect(notes.map(({ note, at }) => [note, at])).toEqual([
      ['kill', 'p1'],
      ['exit', 'p1'],
      ['successor', 'p1'],
    ]);
    expect(notes[1]?.text).toMatch(/^p1 ended \(pid \d+, SIGKILL\), 1 session lost$/);
    expect(processesAfter([], await lab.events())[0]).toMatchObject({ name: 'p1', alive: true, sessions: [] });
    await lab.call(4);
    expect(countOutcomes(await rowsWith(lab, 6))).toMatchObject({ answered: 1, lost: 5 });
  });
});
