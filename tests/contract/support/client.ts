import { Agent, request as httpRequest } from 'node:http';
import { Answer, type Json } from './answer.ts';
import { StreamNames } from './spread/stream-names.ts';

export interface Parts {
  method?: string;
  path?: string;
  /** `undefined` leaves out a header that would be sent by default; a list sends it several times. */
  headers?: Record<string, string | string[] | undefined> | undefined;
  /** An object is sent as JSON. */
  body?: string | Uint8Array | object;
  agent?: Agent;
  /** How the session's streams are called, where several processes name them. */
  names?: StreamNames | undefined;
}

export const acceptBoth = 'application/json, text/event-stream';
export const latest = '2025-11-25';

export const initializeRequest = (over: Record<string, unknown> = {}, id: string | number = 1) => ({
  jsonrpc: '2.0',
  id,
  method: 'initialize',
  params: { protocolVersion: latest, capabilities: {}, clientInfo: { name: 'contract', version: '1' }, ...over },
});

/** A client that sends exactly what it is told to: `Host`, `Accept` and `Origin` are the test's own. */
export class Client {
  readonly port: number;

  constructor(port: number) {
    this.port = port;
  }

  /** Resolves when the head of the response is here. */
  open({ method = 'POST', path = '/mcp', headers = {}, body, agent, names }: Parts): Promise<Answer> {
    const bytes =
      body === undefined || typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
    const all: Parts['headers'] = { host: `127.0.0.1:${this.port}` };
    if (method === 'POST') Object.assign(all, { accept: acceptBoth, 'content-type': 'application/json' });
    if (method === 'GET') all.accept = 'text/event-stream';
    if (bytes !== undefined) all['content-length'] = String(Buffer.byteLength(bytes));
    Object.assign(all, headers);
    const sent = Object.entries(all).filter((entry): entry is [string, string | string[]] => entry[1] !== undefined);
    return new Promise((resolve, reject) => {
      const request = httpRequest({
        host: '127.0.0.1',
        port: this.port,
        method,
        path,
        headers: Object.fromEntries(sent),
        setHost: false,
        agent: agent ?? new Agent({ keepAlive: false }),
      });
      request.on('response', (message) => resolve(new Answer(message, names)));
      request.on('error', reject);
      request.end(bytes);
    });
  }

  /** Resolves when the whole response is here. */
  async send(parts: Parts): Promise<Answer> {
    return (await this.open(parts)).done();
  }

  initialize(over: Record<string, unknown> = {}, headers: Parts['headers'] = {}): Promise<Answer> {
    return this.send({ body: initializeRequest(over), headers });
  }

  /** Opens a session of this version, and says that it is initialized. */
  async session(version = latest, over: Record<string, unknown> = {}): Promise<ClientSession> {
    const answer = await this.initialize({ protocolVersion: version, ...over });
    const id = answer.headers['mcp-session-id'];
    if (typeof id !== 'string') throw new Error(`No session was opened: ${answer.status} ${answer.text}`);
    const session = new ClientSession(this, id, version);
    await session.notify('notifications/initialized');
    return session;
  }
}

let nextId = 100;

/** One session from a client's side. */
export class ClientSession {
  readonly client: Client;
  readonly id: string;
  readonly headers: Record<string, string>;
  readonly #names = process.env.SPREAD ? new StreamNames() : undefined;

  constructor(client: Client, id: string, version: string) {
    this.client = client;
    this.id = id;
    this.headers = { 'mcp-session-id': id, 'mcp-protocol-version': version };
  }

  open({ headers, ...parts }: Parts): Promise<Answer> {
    const all: Parts['headers'] = { ...this.headers, ...headers };
    const lastEventId = all['last-event-id'];
    if (typeof lastEventId === 'string' && this.#names) all['last-event-id'] = this.#names.meant(lastEventId);
    return this.client.open({ ...parts, headers: all, names: this.#names });
  }

  async send(parts: Parts): Promise<Answer> {
    return (await this.open(parts)).done();
  }

  /** A request; resolves when the head of its answer is here. */
  call(method: string, params?: Json, id: string | number = nextId++): Promise<Answer> {
    return this.open({ body: { jsonrpc: '2.0', id, method, ...(params === undefined ? {} : { params }) } });
  }

  /** A request; resolves to its whole answer. */
  async answer(method: string, params?: Json, id?: string | number): Promise<Answer> {
    return (await this.call(method, params, id)).done();
  }

  notify(method: string, params?: Json): Promise<Answer> {
    return this.send({ body: { jsonrpc: '2.0', method, ...(params === undefined ? {} : { params }) } });
  }

  cancel(requestId: string | number): Promise<Answer> {
    return this.notify('notifications/cancelled', { requestId });
  }

  /** Opens the standalone stream, or resumes one. */
  get(lastEventId?: string): Promise<Answer> {
    return this.open({ method: 'GET', headers: { 'last-event-id': lastEventId } });
  }

  delete(): Promise<Answer> {
    return this.send({ method: 'DELETE' });
  }
}
