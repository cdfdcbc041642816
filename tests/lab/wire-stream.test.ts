import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../setup/until.ts';
import { type LocalServer, localServer, problemOf, readWire, TestLab } from './local-server.ts';

let server: LocalServer;
beforeAll(async () => {
  server = await localServer({ config: { labsMax: 50 }, labLimits: { wireEvents: 150, readersPerLab: 3 } });
});
afterAll(() => server.stop());

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe('the stream', () => {
  test('begins with lab-began, and shows each event while a call runs', async () => {
    const lab = await TestLab.create(server.origin);
    await using wire = await readWire(lab);
    expect(wire.status).toBe(200);
    expect(wire.headers.get('content-type')).toBe('text/event-stream');
    expect(wire.headers.get('cache-control')).toBe('no-cache, no-transform');
    expect(wire.headers.get('x-accel-buffering')).toBe('no');
    expect(wire.headers.get('content-encoding')).toBeNull();
    const session = await lab.initialize();
    const call = await lab.callTool(session, 'count', { to: 100, everyMs: 20 });
    await until('the first progress on the wire', () =>
      wire.events.some(({ body }) => body.type === 'event-written' && body.bytes.includes('"progress":1,')),
    );
    // The call has a hundred steps to go: this was live.
    expect(
      wire.events.some(({ body }) => body.type === 'event-written' && body.bytes.includes('"progress":100,')),
    ).toBe(false);
    expect(wire.events[0]).toMatchObject({ id: 1, body: { type: 'lab-began', schema: 1, deployment: 'single' } });
    expect(wire.events[1]?.body).toEqual({
      type: 'process-started',
      process: 'p1',
      pid: lab.created.processes[0]?.pid,
    });
    expect(wire.ids).toEqual(wire.events.map(({ id }) => String(id)));
    await call.body?.cancel();
  });

  test('shows both ends of an exchange, in the order of cause and effect', async () => {
    const lab = await TestLab.create(server.origin);
    await lab.initialize();
    const events = await lab.wireUntil(
      'the session to be open',
      ({ body }) => body.type === 'message-received' && body.kind === 'notification',
    );
    const first = events.filter(({ exchange }) => exchange === 'x1');
    expect(first.map(({ actor, body }) => `${actor} ${body.type}`)).toEqual([
      'router request-arrived',
      'router process-chosen',
      'router request-body',
      'p1 request-received',
      'p1 body-received',
      'p1 session-created',
      'p1 response-sent',
      'router response-head',
      'router bytes-forwarded',
      'router response-end',
    ]);
    expect(first[0]?.body).toMatchObject({ method: 'POST', target: '/labs/…/mcp', client: 'node' });
    for (let i = 1; i < first.length; i++) {
      expect(first[i]?.atMs).toBeGreaterThanOrEqual(first[i - 1]?.atMs as number);
    }
  });

  test('resumes after Last-Event-ID: nothing lost, nothing twice', async () => {
    const lab = await TestLab.create(server.origin);
    const session = await lab.initialize();
    const call = lab.callTool(session, 'count', { to: 10, everyMs: 20 }).then((response) => response.text());
    const seen: number[] = [];
    // A reader that loses its connection after every few events.
    await until('the whole call to be seen', async () => {
      const last = seen.at(-1);
      await using wire = await readWire(lab, '?from=0', last === undefined ? {} : { 'Last-Event-ID': String(last) });
      await until('some events', () => wire.events.length >= 3);
      seen.push(...wire.events.map(({ id }) => id));
      return wire.events.some(({ body }) => body.type === 'event-written' && body.bytes.includes('Counted to 10'));
    });
    await call;
    expect(seen).toEqual(numbers(1, seen.length));
  });

  test('without from and Last-Event-ID it begins with what comes next', async () => {
    const lab = await TestLab.create(server.origin);
    const { lastId } = await lab.poll();
    await using wire = await readWire(lab, '');
    await lab.initialize();
    await until('events', () => wire.events.length > 0);
    expect(wire.events[0]?.id).toBe(lastId + 1);
  });

  test('says what has left the log since', async () => {
    const lab = await TestLab.create(server.origin);
    const session = await lab.initialize();
    await (await lab.callTool(session, 'count', { to: 100, everyMs: 1 })).text();
    await until('the log to be trimmed', async () => (await lab.poll()).lastId > 200);
    await using wire = await readWire(lab, '?from=0', { 'Last-Event-ID': '5' });
    await until('the gap', () => wire.events.length > 1);
    const [gap, next] = wire.events;
    expect(gap?.body.type).toBe('log-gap');
    expect(gap?.body).toMatchObject({ firstKept: next?.id });
    expect(wire.ids[0]).toBe(String((next?.id as number) - 1));
  });

  test('ends with lab-ended, and is closed by the server', async () => {
    const lab = await TestLab.create(server.origin);
    await using wire = await readWire(lab);
    await lab.api('', { method: 'DELETE' });
    await wire.ended;
    expect(wire.events.map(({ body }) => body.type).slice(-2)).toEqual(['process-exited', 'lab-ended']);
    expect(wire.events.at(-1)?.body).toEqual({ type: 'lab-ended', reason: 'deleted' });
  });

  test('a reader that does not read is owed nothing: it finds a gap, not a backlog', async () => {
    const lab = await TestLab.create(server.origin);
    const { hostname, port } = new URL(server.origin);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    socket.write(
      `GET /api/labs/${lab.created.id}/wire?from=0 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${lab.created.token}\r\n\r\n`,
    );
    await once(socket, 'readable');
    // Nothing is read from now on. What follows is more than the sockets in between hold.
    const session = await lab.initialize();
    for (let i = 0; i < 60; i++) {
      await (await lab.callTool(session, 'remember', { key: 'k', value: 'v'.repeat(4000) }, i + 10)).text();
      const big = { jsonrpc: '2.0', id: 1000 + i, method: 'tools/call', params: { name: 'x'.repeat(250_000) } };
      await (await lab.post(big, session)).text();
    }
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    await until('the gap', () => text.includes('"log-gap"'));
    socket.destroy();
  });

  test('has so many readers at once', async () => {
    const lab = await TestLab.create(server.origin);
    const readers = await Promise.all([readWire(lab), readWire(lab), readWire(lab)]);
    const refused = await lab.api('/wire');
    expect(refused.headers.get('retry-after')).toBe('5');
    expect((await problemOf(refused)).status).toBe(429);
    await readers[0]?.[Symbol.asyncDispose]();
    await until('a free place', async () => {
      await using wire = await readWire(lab);
      return wire.status === 200;
    });
    for (const reader of readers) await reader[Symbol.asyncDispose]();
  });
});

describe('long polling', () => {
  test('answers at once when there is something', async () => {
    const lab = await TestLab.create(server.origin);
    const answer = await lab.poll(1, 20_000);
    expect(answer.events[0]).toMatchObject({ id: 2, body: { type: 'process-started' } });
    expect(answer).toMatchObject({ lastId: 2, ended: false });
  });

  test('waits for the next event', async () => {
    const lab = await TestLab.create(server.origin);
    const { lastId } = await lab.poll();
    const waiting = lab.poll(lastId, 20_000);
    await lab.initialize();
    const answer = await waiting;
    expect(answer.events[0]).toMatchObject({ id: lastId + 1, body: { type: 'request-arrived' } });
  });

  test('answers nothing when the time is up', async () => {
    const lab = await TestLab.create(server.origin);
    const { lastId } = await lab.poll();
    expect(await lab.poll(lastId, 50)).toEqual({ events: [], lastId, ended: false });
  });

  test('hears the end of the lab', async () => {
    const lab = await TestLab.create(server.origin);
    let after = (await lab.poll()).lastId;
    const hear = async (): Promise<string[]> => {
      for (;;) {
        const answer = await lab.poll(after, 20_000);
        after = answer.lastId;
        if (answer.ended) return answer.events.map(({ body }) => body.type);
      }
    };
    const heard = hear();
    await lab.api('', { method: 'DELETE' });
    expect((await heard).at(-1)).toBe('lab-ended');
  });

  test('following by polls loses nothing and repeats nothing', async () => {
    const lab = await TestLab.create(server.origin);
    const session = await lab.initialize();
    const call = lab.callTool(session, 'count', { to: 20, everyMs: 5 }).then((response) => response.text());
    const seen: number[] = [];
    await until('the call to end', async () => {
      const { events } = await lab.poll(seen.at(-1) ?? 0, 1000);
      seen.push(...events.map(({ id }) => id));
      return events.some(({ body }) => body.type === 'event-written' && body.bytes.includes('Counted to 20'));
    });
    await call;
    expect(seen).toEqual(numbers(1, seen.length));
  });
});

test('HEAD does not open a stream that nobody could read', async () => {
  const lab = await TestLab.create(server.origin);
  expect((await lab.api('/wire', { method: 'HEAD' })).status).toBe(405);
});

test.each([
  '?from=x',
  '?from=-1',
  '?from=999999',
  '?format=xml',
  '?format=json&after=999999',
  '?format=json&after=1.5',
  '?format=json&waitMs=-1',
  '?format=json&waitMs=99999999',
  '?format=json&waitMs=soon',
])('%s is refused', async (query) => {
  const lab = await TestLab.create(server.origin);
  expect((await problemOf(await lab.api(`/wire${query}`))).status).toBe(400);
  await lab.api('', { method: 'DELETE' });
});
