import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DeploymentsAnswer, LabCreated } from '../../playground-server/lab/api.ts';
import { until } from '../setup/until.ts';
import { createLab, isAlive, type LocalServer, localServer, problemOf, TestLab } from './local-server.ts';

let server: LocalServer;
beforeAll(async () => {
  server = await localServer({ config: { labsMax: 50 } });
});
afterAll(() => server.stop());

/** With headers that `fetch` would not let through. */
function rawStatus(path: string, headers: Record<string, string>, method = 'GET'): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    httpRequest(`${server.origin}${path}`, { method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
}

describe('deployments', () => {
  test('are listed with limits and how many labs run', async () => {
    const response = await fetch(`${server.origin}/api/deployments`);
    const answer = (await response.json()) as DeploymentsAnswer;
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(answer.deployments.map(({ id, available }) => [id, available])).toEqual([
      ['single', true],
      ['forked', true],
      ['hashed', true],
      ['sticky', true],
      ['shared', true],
      ['stateless', true],
    ]);
    expect(answer.limits).toEqual({
      idleMs: 300_000,
      maxAgeMs: 1_800_000,
      labsPerAddress: 100,
      creationsPerMinute: 1000,
      heapMegabytes: 64,
      sessionsPerLab: 100,
      requestsPerSecond: 200,
    });
    expect(answer.labs.max).toBe(50);
  });
});

describe('a lab', () => {
  test('is a real process of its own, with an endpoint anyone can be given', async () => {
    const response = await createLab(server.origin);
    expect(response.status).toBe(201);
    const created = (await response.json()) as LabCreated;
    expect(created).toMatchObject({ deployment: 'single', processes: [{ name: 'p1' }] });
    expect(created.endpoint).toBe(`${server.origin}/labs/${created.id}/mcp`);
    // 128 bits in base64url.
    expect(created.id).toMatch(/^[\w-]{22}$/);
    expect(created.token).toMatch(/^[\w-]{22}$/);
    expect(created.token).not.toBe(created.id);
    const [worker] = created.processes;
    expect(worker?.pid).not.toBe(process.pid);
    expect(isAlive(worker?.pid as number)).toBe(true);
    const leftMs = Date.parse(created.expiresAt) - Date.now();
    expect(leftMs).toBeGreaterThan(290_000);
    expect(leftMs).toBeLessThanOrEqual(300_000);
  });

  test('serves MCP from its process', async () => {
    const lab = await TestLab.create(server.origin);
    const session = await lab.initialize();
    const answer = await lab.callTool(session, 'whoami');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('lab-process')).toBe('p1');
    expect(await answer.text()).toContain(String(lab.created.processes[0]?.pid));
  });

  test('tells its state: processes, sessions, streams, requests in flight', async () => {
    const lab = await TestLab.create(server.origin);
    const session = await lab.initialize();
    const slow = lab.callTool(session, 'slow', { ms: 60_000 });
    const state = await until('the call to run', async () => {
      const now = await lab.state();
      return now.processes[0]?.inFlight.length === 1 && now;
    });
    expect(state).toMatchObject({ id: lab.created.id, deployment: 'single' });
    const [worker] = state.processes;
    expect(worker).toMatchObject({ ...lab.created.processes[0], alive: true });
    expect(worker?.heapBytes).toBeGreaterThan(1_000_000);
    expect(worker?.sessions).toMatchObject([{ protocolVersion: '2025-11-25', clientName: 'test' }]);
    expect(worker?.sessions[0]?.id).toBe(`${session.slice(0, 4)}…${session.slice(-2)}`);
    expect(worker?.inFlight[0]?.method).toBe('tools/call');
    expect(worker?.streams).toMatchObject([{ open: true }]);
    await lab.api('', { method: 'DELETE' });
    // Its connection ends with the lab, whole or broken.
    await slow.then((response) => response.text()).catch(() => {});
  });

  test('ends with DELETE: its process is gone, its addresses answer 404', async () => {
    const lab = await TestLab.create(server.origin);
    const { pid } = lab.created.processes[0] as { pid: number };
    const deleted = await lab.api('', { method: 'DELETE' });
    expect(deleted.status).toBe(204);
    expect(await deleted.text()).toBe('');
    expect(isAlive(pid)).toBe(false);
    expect((await lab.api()).status).toBe(404);
    expect((await lab.api('', { method: 'DELETE' })).status).toBe(404);
    expect((await problemOf(await lab.post({}))).title).toBe('There is no such lab');
  });
});

describe('a token', () => {
  test('opens its own lab and no other', async () => {
    const [mine, other] = await Promise.all([TestLab.create(server.origin), TestLab.create(server.origin)]);
    const before = (await mine.poll()).lastId;
    for (const [path, method] of [
      ['', 'GET'],
      ['', 'PATCH'],
      ['', 'DELETE'],
      ['/processes/p1/kill', 'POST'],
      ['/processes/p9/kill', 'POST'],
      ['/wire?format=json', 'GET'],
      ['/wire', 'GET'],
    ] as const) {
      const headers = { Authorization: `Bearer ${other.created.token}` };
      const response = await mine.api(path, { method, headers });
      expect(response.status, `${method} ${path}`).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
      expect(await problemOf(response)).toMatchObject({ status: 401, type: expect.stringContaining('token-wrong') });
    }
    expect((await mine.api()).status).toBe(200);
    // Nothing happened to it, not even on the wire.
    expect((await mine.poll()).lastId).toBe(before);
    expect(isAlive(mine.pids[0] as number)).toBe(true);
  });

  test('is needed, and only as a bearer token', async () => {
    const lab = await TestLab.create(server.origin);
    for (const authorization of ['', 'Bearer', `Basic ${lab.created.token}`, lab.created.token]) {
      const response = await lab.api('', { headers: { Authorization: authorization } });
      expect(response.status, authorization).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
    }
    const inQuery = await fetch(`${server.origin}/api/labs/${lab.created.id}?token=${lab.created.token}`);
    expect(inQuery.status).toBe(401);
  });
});

describe('every refusal is a problem document', () => {
  const post = (body: string, headers: Record<string, string> = { 'Content-Type': 'application/json' }) =>
    fetch(`${server.origin}/api/labs`, { method: 'POST', headers, body });

  test.each([
    ['no JSON', '{', 400],
    ['no object', '[]', 400],
    ['no deployment', '{}', 400],
    ['an unknown deployment', '{"deployment":"forked!"}', 400],
    ['a member nobody knows', '{"deployment":"single","colour":"red"}', 400],
    ['processes where there is but one', '{"deployment":"single","processes":1}', 400],
    ['no process', '{"deployment":"forked","processes":0}', 400],
    ['more processes than there are', '{"deployment":"forked","processes":5}', 400],
    ['half a process', '{"deployment":"forked","processes":1.5}', 400],
    ['an unknown kind of connection', '{"deployment":"forked","connection":"sticky"}', 400],
    ['more than 16 kB', `{"deployment":"${'x'.repeat(20_000)}"}`, 413],
  ])('a body with %s', async (_, body, status) => {
    const response = await post(body);
    expect(response.status).toBe(status);
    expect(await problemOf(response)).toMatchObject({
      type: expect.stringMatching(/^tag:/),
      title: expect.stringMatching(/./),
      status,
      detail: expect.stringMatching(/./),
    });
  });

  test('a body that is not declared as JSON: a form of another site cannot create labs', async () => {
    const response = await post('{"deployment":"single"}', { 'Content-Type': 'text/plain' });
    expect((await problemOf(response)).status).toBe(415);
  });

  test('a method that is not served names those that are', async () => {
    const response = await fetch(`${server.origin}/api/deployments`, { method: 'DELETE' });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD');
    expect((await problemOf(response)).status).toBe(405);
  });

  test.each(['/api', '/api/labs/unknown', '/api/labs/unknown/wire', '/api/labs/unknown/kill', '/labs/unknown/mcp'])(
    '%s is not there',
    async (path) => {
      const response = await fetch(`${server.origin}${path}`, { headers: { Authorization: 'Bearer x' } });
      expect((await problemOf(response)).status).toBe(404);
    },
  );
});

describe('other sites are kept out of the API', () => {
  const port = () => new URL(server.origin).port;

  test('a Host that is not ours, as after DNS rebinding, is refused', async () => {
    expect(await rawStatus('/api/deployments', { Host: `evil.example:${port()}` })).toBe(403);
    expect(await rawStatus('/api/deployments', { Host: `localhost:${port()}` })).toBe(200);
  });

  test('an Origin that is not ours is refused, with the token too', async () => {
    const lab = await TestLab.create(server.origin);
    const response = await lab.api('', { headers: { Origin: 'http://evil.example' } });
    expect((await problemOf(response)).title).toBe('Invalid Origin header');
    const own = await lab.api('', { headers: { Origin: server.origin } });
    expect(own.status).toBe(200);
    expect(own.headers.get('access-control-allow-origin')).toBeNull();
  });

  test("a lab's endpoint is guarded by the transport, which sees the client's own Host", async () => {
    const lab = await TestLab.create(server.origin);
    const path = new URL(lab.endpoint).pathname;
    expect(await rawStatus(path, { Host: 'evil.example' })).toBe(403);
    expect(await rawStatus(path, { Origin: 'http://evil.example' })).toBe(403);
    // Past the guards: what is missing is the Accept header.
    expect(await rawStatus(path, { Origin: server.origin })).toBe(406);
  });

  test('PUBLIC_ORIGIN names the endpoints, and is let in', async () => {
    await using behindTls = await localServer({ config: { publicOrigin: 'https://lab.example.com' } });
    const created = (await (
      await createLab(behindTls.origin, { Origin: 'https://lab.example.com' })
    ).json()) as LabCreated;
    expect(created.endpoint).toBe(`https://lab.example.com/labs/${created.id}/mcp`);
    const inside = await fetch(`${behindTls.origin}/labs/${created.id}/mcp`, {
      headers: { Origin: 'https://lab.example.com' },
    });
    // Past the guards: what is missing is a session.
    expect(inside.status).toBe(400);
    expect(inside.headers.get('access-control-allow-origin')).toBe('https://lab.example.com');
  });
});
