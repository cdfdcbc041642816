/**
 * Lessons done in a terminal: one `curl` for each request, the labs API included. What ticks a step is what the wire
 * showed, so it must not matter who caused it.
 */

import { execFile } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LabCreated, LabState, WireAnswer } from '../../playground-server/lab/api.ts';
import type { ConnectionMode, WireEvent } from '../../playground-server/lab/wire.ts';
import { maskSessionId } from '../../playground-server/transport/trace.ts';
import { lessonNamed } from '../../src/lessons/index.ts';
import { type Lesson, progressOf } from '../../src/playground/model/lesson.ts';
import { type RunningServer, startServer } from '../setup/server.ts';
import { until } from '../setup/until.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

interface Printed {
  status: number;
  /** Without it an empty text. */
  header: (name: string) => string;
  body: string;
}

/** Runs `curl -i` and gives what it printed. @throws when it does not end by itself with 0 */
function curl(...args: string[]): Promise<Printed> {
  return new Promise((resolve, reject) => {
    execFile('curl', ['-sS', '-i', '--max-time', '20', ...args], (error, printed, complaint) => {
      if (error) return reject(new Error(`curl ${args.join(' ')}: ${complaint}${printed}`, { cause: error }));
      const end = printed.indexOf('\r\n\r\n');
      const head = printed.slice(0, end).split('\r\n');
      resolve({
        status: Number(head[0]?.split(' ')[1]),
        header: (name) => head.find((line) => line.toLowerCase().startsWith(`${name}:`))?.slice(name.length + 2) ?? '',
        body: printed.slice(end + 4),
      });
    });
  });
}

const json = (body: unknown): string[] => ['-H', 'Content-Type: application/json', '--data-raw', JSON.stringify(body)];
/** The ids of a stream's events, in order, without those that carry no message. */
const idsIn = (stream: string): string[] => [...stream.matchAll(/^id: (.*)\ndata: ./gm)].map(([, id]) => id as string);
const stepsIn = (stream: string): number[] => [...stream.matchAll(/"progress":(\d+)/g)].map(([, step]) => Number(step));

/** A reader with a terminal and a lab, who follows a lesson. */
class Terminal implements AsyncDisposable {
  readonly #lesson: Lesson;
  readonly #lab: LabCreated;
  readonly #api: string[];
  #lastId = 0;
  /** What `Lab-Connection` says in every request from now on. */
  connection: string | undefined;

  private constructor(lesson: Lesson, lab: LabCreated) {
    this.#lesson = lesson;
    this.#lab = lab;
    this.#api = ['-H', `Authorization: Bearer ${lab.token}`];
  }

  static async begin(lesson: Lesson): Promise<Terminal> {
    const { status, body } = await curl(`${server.origin}/api/labs`, ...json({ deployment: lesson.deployment }));
    if (status !== 201) throw new Error(`No lab: ${status} ${body}`);
    return new Terminal(lesson, JSON.parse(body) as LabCreated);
  }

  api(path: string, ...args: string[]): Promise<Printed> {
    return curl(`${server.origin}/api/labs/${this.#lab.id}${path}`, ...this.#api, ...args);
  }

  mcp(session: string, ...args: string[]): Promise<Printed> {
    const headers = [
      'Accept: application/json, text/event-stream',
      ...(session === '' ? [] : [`Mcp-Session-Id: ${session}`, 'MCP-Protocol-Version: 2025-11-25']),
      ...(this.connection === undefined ? [] : [`Lab-Connection: ${this.connection}`]),
    ];
    return curl(this.#lab.endpoint, ...headers.flatMap((header) => ['-H', header]), ...args);
  }

  request(session: string, method: string, params: object = {}): Promise<Printed> {
    this.#lastId += 1;
    return this.mcp(session, ...json({ jsonrpc: '2.0', id: this.#lastId, method, params }));
  }

  /** @returns the id of a session, ready for requests */
  async open(): Promise<string> {
    const clientInfo = { name: 'curl', version: '1' };
    const opened = await this.request('', 'initialize', {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo,
    });
    const session = opened.header('mcp-session-id');
    await this.mcp(session, ...json({ jsonrpc: '2.0', method: 'notifications/initialized' }));
    return session;
  }

  /** Calls `whoami` once per process. @returns the statuses */
  async whoami(session: string): Promise<number[]> {
    const statuses: number[] = [];
    for (let call = 0; call < 4; call += 1) {
      statuses.push((await this.request(session, 'tools/call', { name: 'whoami', arguments: {} })).status);
    }
    return statuses;
  }

  async setConnection(connection: ConnectionMode): Promise<void> {
    expect(await this.api('', '-X', 'PATCH', ...json({ connection }))).toMatchObject({ status: 200 });
  }

  /** Finds the process that holds the session in the state of the lab, and kills it. */
  async killHolder(session: string): Promise<void> {
    const { processes } = JSON.parse((await this.api('')).body) as LabState;
    const holder = processes.find(({ sessions }) => sessions.some(({ id }) => id === maskSessionId(session)));
    const killed = await this.api(`/processes/${holder?.name}/kill`, ...json({ signal: 'SIGKILL' }));
    expect(killed).toMatchObject({ status: 202 });
  }

  async wire(): Promise<WireEvent[]> {
    return (JSON.parse((await this.api('/wire?format=json&after=0&waitMs=0')).body) as WireAnswer).events;
  }

  async #done(): Promise<number> {
    const events = await this.wire();
    return progressOf(this.#lesson, events).filter(({ seen }) => seen !== undefined).length;
  }

  /** Waits until so many steps are ticked, from the first on; one more is a tick before its time. */
  async ticked(steps: number): Promise<void> {
    await until(`${steps} steps to be ticked`, async () => (await this.#done()) >= steps, 10_000);
    const seen = progressOf(this.#lesson, await this.wire()).map((step) => step.seen !== undefined);
    expect(seen).toEqual(this.#lesson.steps.map((_, index) => index < steps));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.api('', '-X', 'DELETE');
  }
}

const clientsIn = (events: readonly WireEvent[]): Set<string> =>
  new Set(events.flatMap(({ body }) => (body.type === 'request-arrived' ? [body.client] : [])));

test('lesson 3 by curl: the stream breaks off, and Last-Event-ID brings the rest', async () => {
  await using terminal = await Terminal.begin(lessonNamed('lose-the-connection'));
  await terminal.ticked(0);
  const session = await terminal.open();
  await terminal.ticked(1);
  const call = { name: 'hang_up', arguments: { afterEvents: 2 }, _meta: { progressToken: 'p' } };
  const broken = await terminal.request(session, 'tools/call', call);
  expect(stepsIn(broken.body)).toEqual([1, 2]);
  expect(broken.body).not.toContain('"result"');
  await terminal.ticked(2);
  const rest = await terminal.mcp(session, '-H', `Last-Event-ID: ${idsIn(broken.body).at(-1)}`);
  expect(stepsIn(rest.body)).toEqual([3, 4]);
  expect(rest.body).toContain('"result"');
  const ids = [...idsIn(broken.body), ...idsIn(rest.body)];
  expect(ids).toHaveLength(5);
  expect(new Set(ids).size).toBe(5);
  await terminal.ticked(4);
  expect(await terminal.request(session, 'tools/list')).toMatchObject({ status: 200 });
  await terminal.ticked(5);
  expect(clientsIn(await terminal.wire())).toEqual(new Set(['curl']));
});

test('lesson 5 by curl: calls are lost, a kept connection hides it, and a kill loses the session', async () => {
  await using terminal = await Terminal.begin(lessonNamed('fork-and-watch-it-break'));
  await terminal.ticked(0);
  const first = await terminal.open();
  await terminal.ticked(1);
  expect((await terminal.whoami(first)).toSorted()).toEqual([200, 404, 404, 404]);
  await terminal.ticked(2);
  await terminal.setConnection('kept');
  await terminal.ticked(2);
  terminal.connection = 'my-terminal';
  const second = await terminal.open();
  await terminal.ticked(3);
  expect(await terminal.whoami(second)).toEqual([200, 200, 200, 200]);
  await terminal.ticked(4);
  await terminal.setConnection('fresh');
  expect((await terminal.whoami(second)).toSorted()).toEqual([200, 404, 404, 404]);
  await terminal.ticked(5);
  await terminal.killHolder(second);
  await terminal.ticked(6);
  expect(await terminal.whoami(second)).toEqual([404, 404, 404, 404]);
  await terminal.ticked(7);
  await terminal.open();
  await terminal.ticked(8);
  expect(clientsIn(await terminal.wire())).toEqual(new Set(['curl']));
});

test('lesson 7 by curl: affinity finds every call, until the process dies', async () => {
  await using terminal = await Terminal.begin(lessonNamed('sticky-then-kill'));
  await terminal.ticked(0);
  const session = await terminal.open();
  await terminal.ticked(1);
  expect(await terminal.whoami(session)).toEqual([200, 200, 200, 200]);
  await terminal.ticked(2);
  await terminal.killHolder(session);
  await terminal.ticked(3);
  expect(await terminal.whoami(session)).toEqual([404, 404, 404, 404]);
  await terminal.ticked(4);
  await terminal.open();
  await terminal.ticked(5);
  expect(clientsIn(await terminal.wire())).toEqual(new Set(['curl']));
});
