import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../setup/until.ts';
import { type LocalServer, localServer, problemOf, TestLab } from './local-server.ts';

let server: LocalServer;
beforeAll(async () => {
  server = await localServer({ config: { labsMax: 50 } });
});
afterAll(() => server.stop());

/** Everything on one named connection, which the first process takes. */
const kept = () => TestLab.create(server.origin, { deployment: 'forked', connection: 'kept' });
const pidOfOwner = (lab: TestLab): number => lab.pids[0] as number;

describe('a process that is killed in the middle of its answers', () => {
  /** A call that streams, read as it comes until it breaks. */
  async function streamingCall(lab: TestLab, session: string) {
    const response = await lab.callTool(session, 'count', { to: 100, everyMs: 30 }, 7, 'page');
    const read = { text: '', broken: false };
    const done = (async () => {
      const decoder = new TextDecoder();
      try {
        for await (const chunk of response.body ?? []) read.text += decoder.decode(chunk, { stream: true });
      } catch {
        read.broken = true;
      }
    })();
    return { read, done };
  }

  test.each([
    ['through the API', async (lab: TestLab) => void (await lab.kill('p1'))],
    ['by kill -9 in a terminal', async (lab: TestLab) => void process.kill(pidOfOwner(lab), 'SIGKILL')],
  ])('%s: the client is cut off, and the log says what was sent and what was not', async (_, send) => {
    await using lab = await kept();
    const session = await lab.initialize('page');
    const { read, done } = await streamingCall(lab, session);
    const standalone = await fetch(lab.endpoint, {
      headers: { Accept: 'text/event-stream', 'Mcp-Session-Id': session, 'Lab-Connection': 'page' },
    });
    await until('some progress', () => read.text.includes('"progress":5,'));
    await send(lab);
    await done;
    await expect(standalone.text()).rejects.toThrow();
    expect(read.broken).toBe(true);
    const events = await lab.wireUntil('a successor', ({ body }) => {
      return body.type === 'process-started' && body.process === 'p1' && body.pid !== pidOfOwner(lab);
    });

    const [call, get] = ['x3', 'x4'];
    const ofCall = events.filter(({ exchange }) => exchange === call);
    // What the client has is what was forwarded, byte for byte; what was forwarded the process had written.
    const forwarded = ofCall.map(({ body }) => (body.type === 'bytes-forwarded' ? body.text : '')).join('');
    expect(forwarded).toBe(read.text);
    const written = ofCall.map(({ body }) => (body.type === 'event-written' ? body.bytes : '')).join('');
    expect(written.startsWith(forwarded)).toBe(true);
    const bytes = Buffer.byteLength(forwarded);
    expect(ofCall.slice(-2).map(({ actor, body }) => [actor, body])).toEqual([
      [
        'router',
        {
          type: 'process-failed',
          process: 'p1',
          why: `p1 was killed (SIGKILL) in the middle of its answer: ${bytes} bytes had gone on to the client, and the rest was never sent.`,
        },
      ],
      ['router', { type: 'response-end', by: 'server' }],
    ]);
    const cut = events.findIndex(({ body }) => body.type === 'trace-cut');
    expect(events[cut]?.body).toEqual({
      type: 'trace-cut',
      process: 'p1',
      pid: pidOfOwner(lab),
      exchanges: [call, get],
    });
    expect(events[cut - 1]?.body.type).toBe('process-exited');
    // In the order of cause and effect; and nothing of the dead process comes after its end.
    const failed = events.findIndex(({ body }) => body.type === 'process-failed');
    expect(failed).toBeGreaterThan(cut);
    expect(events.slice(cut).filter(({ actor }) => actor === 'p1')).toEqual([]);
    expect(events.map(({ id }) => id)).toEqual(events.map((_each, i) => i + 1));
  });

  test('before its first byte: the router answers 502 and says why', async () => {
    await using lab = await kept();
    const session = await lab.initialize('page');
    // The head of a stream leaves at once; what has no head yet is a request whose body is not complete.
    const call = fetch(lab.endpoint, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        Accept: 'application/json, text/event-stream',
        'Mcp-Session-Id': session,
        'Lab-Connection': 'page',
      },
      body: endless(),
      duplex: 'half',
    } as RequestInit);
    await lab.wireUntil('the request to be received', ({ exchange, body }) => {
      return exchange === 'x3' && body.type === 'request-received';
    });
    await lab.kill('p1');
    const refused = await call;
    expect(refused.status).toBe(502);
    expect((await problemOf(refused)).detail).toBe('p1 was killed (SIGKILL) before it answered. Try again.');
  });
});

/** A body that begins and does not end. */
function endless(): ReadableStream {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('{'));
    },
  });
}
