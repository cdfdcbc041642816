import { describe, expect, test } from 'vitest';
import type { DeploymentsAnswer } from '../../playground-server/lab/api.ts';
import { createLab, initialize, localServer, problemOf, TestLab } from './local-server.ts';

const running = async (origin: string): Promise<number> =>
  ((await (await fetch(`${origin}/api/deployments`)).json()) as DeploymentsAnswer).labs.running;

/** Type and wait of a refusal. */
async function refusal(response: Response): Promise<[number, string | undefined, boolean]> {
  const { status, type } = await problemOf(response);
  return [status, type.split(':').at(-1), Number(response.headers.get('retry-after')) > 0];
}

describe('per address', () => {
  test('two labs at once; one that ended makes room', async () => {
    await using server = await localServer({ config: { labsPerAddress: 2 } });
    const lab = await TestLab.create(server.origin);
    await TestLab.create(server.origin);
    expect(await refusal(await createLab(server.origin))).toEqual([429, 'too-many-labs-here', true]);
    await lab.api('', { method: 'DELETE' });
    expect((await createLab(server.origin)).status).toBe(201);
    expect(await running(server.origin)).toBe(2);
  });

  test('so many creations a minute, whatever became of the labs', async () => {
    await using server = await localServer({ config: { labCreationsPerMinute: 3 } });
    for (let i = 0; i < 3; i++) await (await TestLab.create(server.origin)).api('', { method: 'DELETE' });
    const refused = await createLab(server.origin);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(50);
    expect(await refusal(refused)).toEqual([429, 'too-many-creations', true]);
  });

  test('creations that come at the same moment are counted one by one', async () => {
    await using server = await localServer({ config: { labsPerAddress: 2 } });
    const answers = await Promise.all(Array.from({ length: 6 }, () => createLab(server.origin)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 429, 429, 429, 429]);
    expect(await running(server.origin)).toBe(2);
  });

  test('X-Forwarded-For counts as far as TRUST_PROXY says, and no further', async () => {
    await using server = await localServer({ config: { labsPerAddress: 1, trustProxy: 1 } });
    const from = async (forwarded: string) => (await createLab(server.origin, { 'X-Forwarded-For': forwarded })).status;
    expect(await from('203.0.113.1')).toBe(201);
    expect(await from('203.0.113.1')).toBe(429);
    // Written by the client itself: the proxy appended the real address.
    expect(await from('198.51.100.9, 203.0.113.1')).toBe(429);
    expect(await from('203.0.113.2')).toBe(201);
    // One customer has the whole /64.
    expect(await from('2001:db8:1:2::1')).toBe(201);
    expect(await from('2001:db8:1:2:ffff::2')).toBe(429);
    expect(await from('2001:db8:1:3::1')).toBe(201);
  });

  test('without TRUST_PROXY nobody chooses an address', async () => {
    await using server = await localServer({ config: { labsPerAddress: 1 } });
    expect((await createLab(server.origin, { 'X-Forwarded-For': '203.0.113.1' })).status).toBe(201);
    expect((await createLab(server.origin, { 'X-Forwarded-For': '203.0.113.2' })).status).toBe(429);
  });
});

describe('in all', () => {
  test('LABS_MAX labs, then 503 with Retry-After', async () => {
    await using server = await localServer({ config: { labsMax: 1 } });
    const lab = await TestLab.create(server.origin);
    expect(await refusal(await createLab(server.origin))).toEqual([503, 'labs-full', true]);
    await lab.api('', { method: 'DELETE' });
    expect((await createLab(server.origin)).status).toBe(201);
  });

  test('a server that runs no labs says so', async () => {
    await using server = await localServer({ config: { labsMax: 0 } });
    const answer = (await (await fetch(`${server.origin}/api/deployments`)).json()) as DeploymentsAnswer;
    expect(answer.deployments[0]).toMatchObject({ available: false, reason: expect.stringContaining('LABS_MAX') });
    expect((await createLab(server.origin)).status).toBe(503);
  });

  test('a lab that did not start takes no place', async () => {
    await using server = await localServer({
      config: { labsMax: 1, labsPerAddress: 1 },
      worker: new URL('./failing-worker.ts', import.meta.url),
    });
    for (let i = 0; i < 2; i++) {
      expect(await refusal(await createLab(server.origin))).toEqual([503, 'lab-did-not-start', true]);
    }
    expect(await running(server.origin)).toBe(0);
    expect(server.logged()).toContain('This worker does not start');
  });
});

describe('per lab', () => {
  test('so many sessions', async () => {
    await using server = await localServer({ labLimits: { sessionsPerLab: 2 } });
    const lab = await TestLab.create(server.origin);
    await lab.initialize();
    await lab.initialize();
    const refused = await lab.post(initialize);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).not.toBeNull();
    // The refusal is the transport's, in its own form.
    expect(await refused.json()).toMatchObject({ jsonrpc: '2.0', error: { message: expect.stringContaining('2') } });
  });

  test('so many requests a second', async () => {
    await using server = await localServer({ labLimits: { requestsPerSecond: 5 } });
    const [lab, other] = [await TestLab.create(server.origin), await TestLab.create(server.origin)];
    const answers = await Promise.all(Array.from({ length: 10 }, () => lab.post(initialize)));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBe(5);
    expect(await refusal(refused[0] as Response)).toEqual([429, 'too-many-requests', true]);
    // Another lab is not concerned.
    expect((await other.post(initialize)).status).toBe(200);
  });
});
