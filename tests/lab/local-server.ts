/** A playground server inside the test's own process, with limits a test can wait for, and a small client of its API. */

import { execFileSync } from 'node:child_process';
import { PassThrough } from 'node:stream';
import { createParser } from 'eventsource-parser';
import { pino } from 'pino';
import { type Config, loadConfig } from '../../playground-server/config.ts';
import { startServer } from '../../playground-server/http/server.ts';
import type { CreateLabRequest, LabCreated, LabState, Problem, WireAnswer } from '../../playground-server/lab/api.ts';
import type { LabLimits } from '../../playground-server/lab/lab-limits.ts';
import type { WireEvent } from '../../playground-server/lab/wire.ts';
import { until } from '../setup/until.ts';

export interface LocalServer extends AsyncDisposable {
  origin: string;
  metricsPort: number | undefined;
  /** Everything it logged, at the finest level. */
  logged: () => string;
  stop: () => Promise<void>;
}

export interface LocalServerOptions {
  config?: Partial<Config>;
  labLimits?: Partial<LabLimits>;
  worker?: URL;
  siteFolder?: string;
  drainMs?: number;
}

const noSite = '/nonexistent/site';

export async function localServer(options: LocalServerOptions = {}): Promise<LocalServer> {
  const { config, siteFolder = noSite, ...rest } = options;
  const sink = new PassThrough();
  let logged = '';
  sink.setEncoding('utf8').on('data', (text: string) => {
    logged += text;
  });
  const server = await startServer({
    config: { ...loadConfig({}, { PORT: '0', LABS_PER_ADDRESS: '100', LAB_CREATIONS_PER_MINUTE: '1000' }), ...config },
    log: pino({ level: 'trace' }, sink),
    siteFolder,
    ...rest,
  });
  return {
    origin: `http://127.0.0.1:${server.port}`,
    metricsPort: server.metricsPort,
    logged: () => logged,
    stop: () => server.stop(),
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

export function createLab(
  origin: string,
  headers: Record<string, string> = {},
  wanted: CreateLabRequest = { deployment: 'single' },
): Promise<Response> {
  return fetch(`${origin}/api/labs`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(wanted),
  });
}

/** A lab, and what its page does with it. Disposing of it ends it. */
export class TestLab implements AsyncDisposable {
  readonly origin: string;
  readonly created: LabCreated;

  constructor(origin: string, created: LabCreated) {
    this.origin = origin;
    this.created = created;
  }

  static async create(origin: string, wanted?: CreateLabRequest): Promise<TestLab> {
    const response = await createLab(origin, {}, wanted);
    if (response.status !== 201)
      throw new Error(`POST /api/labs answered ${response.status}: ${await response.text()}`);
    return new TestLab(origin, (await response.json()) as LabCreated);
  }

  get endpoint(): string {
    return this.created.endpoint;
  }

  api(path = '', init: RequestInit = {}): Promise<Response> {
    return fetch(`${this.origin}/api/labs/${this.created.id}${path}`, {
      ...init,
      headers: { Authorization: `Bearer ${this.created.token}`, ...init.headers },
    });
  }

  async state(): Promise<LabState> {
    return (await (await this.api()).json()) as LabState;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.api('', { method: 'DELETE' }).catch(() => {});
  }

  get pids(): number[] {
    return this.created.processes.map(({ pid }) => pid);
  }

  setConnection(connection: string): Promise<Response> {
    return this.#send('PATCH', '', { connection });
  }

  /** Without a signal there is no body. */
  kill(process: string, signal?: string): Promise<Response> {
    const path = `/processes/${process}/kill`;
    return signal === undefined ? this.api(path, { method: 'POST' }) : this.#send('POST', path, { signal });
  }

  #send(method: string, path: string, body: unknown): Promise<Response> {
    return this.api(path, { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  }

  async poll(after = 0, waitMs = 0): Promise<WireAnswer> {
    const response = await this.api(`/wire?format=json&after=${after}&waitMs=${waitMs}`);
    if (response.status !== 200) throw new Error(`The wire answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as WireAnswer;
  }

  /** Waits until the log holds an event that fits, and gives all events up to now. */
  async wireUntil(what: string, fits: (event: WireEvent) => boolean): Promise<WireEvent[]> {
    return until(what, async () => {
      const { events } = await this.poll();
      return events.some(fits) && events;
    });
  }

  /** Waits until the log holds the end of so many exchanges, and gives all events up to now. */
  async wireOf(exchanges: number): Promise<WireEvent[]> {
    return until(`the end of ${exchanges} exchanges`, async () => {
      const { events } = await this.poll();
      return events.filter(({ body }) => body.type === 'response-end').length >= exchanges && events;
    });
  }

  /** @param connection the name that the request gives its connection */
  post(message: unknown, session?: string, connection?: string): Promise<Response> {
    return fetch(this.endpoint, {
      method: 'POST',
      headers: {
        ...(connection !== undefined && { 'Lab-Connection': connection }),
        'Content-Type': 'application/json',
        Accept: 'application/json, text/event-stream',
        ...(session !== undefined && { 'Mcp-Session-Id': session, 'MCP-Protocol-Version': '2025-11-25' }),
      },
      body: typeof message === 'string' ? message : JSON.stringify(message),
    });
  }

  /** Opens an MCP session. @returns its id */
  async initialize(connection?: string): Promise<string> {
    const response = await this.post(initialize, undefined, connection);
    await response.text();
    const session = response.headers.get('mcp-session-id') as string;
    await (await this.post({ jsonrpc: '2.0', method: 'notifications/initialized' }, session, connection)).text();
    return session;
  }

  callTool(session: string, name: string, args: unknown = {}, id = 2, connection?: string): Promise<Response> {
    return this.post(
      {
        jsonrpc: '2.0',
        id,
        method: 'tools/call',
        params: { name, arguments: args, _meta: { progressToken: 'token' } },
      },
      session,
      connection,
    );
  }
}

export const initialize = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
};

/** An open wire stream, read as it comes. */
export interface WireReader extends AsyncDisposable {
  status: number;
  headers: Headers;
  events: WireEvent[];
  /** The ids of the SSE events, as sent. */
  ids: string[];
  /** Resolves when the server has ended the stream. */
  ended: Promise<void>;
}

export async function readWire(
  lab: TestLab,
  query = '?from=0',
  headers: Record<string, string> = {},
): Promise<WireReader> {
  const abort = new AbortController();
  const response = await lab.api(`/wire${query}`, { headers, signal: abort.signal });
  const reader: WireReader = {
    status: response.status,
    headers: response.headers,
    events: [],
    ids: [],
    ended: Promise.resolve(),
    [Symbol.asyncDispose]: async () => {
      abort.abort();
      await reader.ended.catch(() => {});
    },
  };
  const parser = createParser({
    onEvent({ id, data }) {
      reader.ids.push(id ?? '');
      reader.events.push(JSON.parse(data) as WireEvent);
    },
  });
  const pump = async (): Promise<void> => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) parser.feed(decoder.decode(chunk, { stream: true }));
  };
  reader.ended = pump();
  // A test that does not care for the end must not fail by it.
  reader.ended.catch(() => {});
  return reader;
}

/** Checks the media type, and gives the document. */
export async function problemOf(response: Response): Promise<Problem> {
  const type = response.headers.get('content-type');
  if (type !== 'application/problem+json') throw new Error(`Not a problem document: ${type}, ${response.status}`);
  return (await response.json()) as Problem;
}

/** Whether a process of this id exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The ids of all worker processes that a server has, as the system knows them. */
export function workersOf(serverPid: number): number[] {
  const lines = execFileSync('ps', ['-ww', '-e', '-o', 'pid=,ppid=,args=']).toString().split('\n');
  const workers = lines.map((line) => /^\s*(\d+)\s+(\d+)\s.*\/lab\/worker\.ts/.exec(line) ?? []);
  return workers.filter(([, , parent]) => Number(parent) === serverPid).map(([, pid]) => Number(pid));
}
