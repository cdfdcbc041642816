import type { LabCreated } from '../../playground-server/lab/api.ts';
import { connectionHeader } from '../../playground-server/lab/api.ts';
import type { ConnectionMode, WireEvent } from '../../playground-server/lab/wire.ts';
import { maskSessionId } from '../../playground-server/transport/trace.ts';
import { createFrameReader, WireClient } from '../../playground-server/wire-client/index.ts';
import { countArguments, holderOf, whoamiTimes } from '../../src/playground/model/acts.ts';
import { type ActName, type Lesson, progressOf, type StepState } from '../../src/playground/model/lesson.ts';
import { processesAfter } from '../../src/playground/model/processes.ts';
import { until } from '../setup/until.ts';

export interface HeadlessRun {
  events: WireEvent[];
  steps: readonly StepState[];
}

/**
 * Does a whole lesson against a real lab with the wire client alone, each step by its own acts until the wire shows it.
 * @param paceMs how long it waits between two acts: a recording is watched, and nobody can watch a millisecond
 * @throws when a step is not ticked by what it says that it takes
 */
export async function runLesson(origin: string, lesson: Lesson, paceMs = 0): Promise<HeadlessRun> {
  const lab = await createLab(origin, lesson.deployment);
  const wire = followWire(lab);
  const runner = new Runner(lab, wire.events, paceMs);
  try {
    for (const [index, step] of lesson.steps.entries()) {
      for (const act of step.acts) await runner.act(act);
      await until(`the wire to show: ${step.text}`, () => progressOf(lesson, wire.events)[index]?.seen, 10_000);
    }
    await until('every exchange to end', () => exchangesAreOver(wire.events), 10_000);
    return { events: [...wire.events], steps: progressOf(lesson, wire.events) };
  } finally {
    wire.stop();
    await fetch(lab.api, { method: 'DELETE', headers: lab.headers });
  }
}

interface Lab {
  endpoint: string;
  /** Of the lab itself. */
  api: string;
  headers: Record<string, string>;
}

async function createLab(origin: string, deployment: string): Promise<Lab> {
  const response = await fetch(`${origin}/api/labs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ deployment }),
  });
  if (response.status !== 201) throw new Error(`No lab: ${response.status} ${await response.text()}`);
  const { id, token, endpoint } = (await response.json()) as LabCreated;
  return { endpoint, api: `${origin}/api/labs/${id}`, headers: { authorization: `Bearer ${token}` } };
}

function followWire({ api, headers }: Lab): { events: WireEvent[]; stop: () => void } {
  const events: WireEvent[] = [];
  const stop = new AbortController();
  const read = createFrameReader(({ data }) => {
    if (data) events.push(JSON.parse(data) as WireEvent);
  });
  const follow = async (): Promise<void> => {
    const response = await fetch(`${api}/wire?from=0`, { headers, signal: stop.signal });
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) read(decoder.decode(chunk as Uint8Array, { stream: true }));
  };
  // It ends by being stopped; what it missed shows as a step that is never ticked.
  follow().catch(() => undefined);
  return { events, stop: () => stop.abort() };
}

function exchangesAreOver(events: readonly WireEvent[]): boolean {
  const open = new Set<string | undefined>();
  for (const { exchange, body } of events) {
    if (body.type === 'request-arrived') open.add(exchange);
    if (body.type === 'response-end' || body.type === 'process-failed') open.delete(exchange);
  }
  return open.size === 0;
}

class Runner {
  readonly #lab: Lab;
  readonly #events: readonly WireEvent[];
  readonly #paceMs: number;
  readonly #client: WireClient;
  #connection: ConnectionMode = 'fresh';

  constructor(lab: Lab, events: readonly WireEvent[], paceMs: number) {
    this.#lab = lab;
    this.#events = events;
    this.#paceMs = paceMs;
    this.#client = new WireClient({
      endpoint: lab.endpoint,
      clientInfo: { name: 'the-page', version: '1.0.0' },
      // No name of a program: what is recorded stands for the reader's own client.
      headers: () => ({
        'user-agent': '',
        ...(this.#connection === 'kept' && { [connectionHeader]: 'this-page' }),
      }),
    });
  }

  async act(act: ActName): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, this.#paceMs));
    switch (act) {
      case 'open':
        await this.#client.open();
        return;
      case 'list':
        await this.#client.request('tools/list', {});
        return;
      case 'count':
        await this.#call('count', { arguments: countArguments, _meta: { progressToken: 'count' } });
        return;
      case 'announce':
        await this.#call('announce', { arguments: {} });
        return;
      case 'whoami':
        for (let sent = 0; sent < whoamiTimes; sent += 1) {
          await this.#call('whoami', { arguments: {} });
          await new Promise((resolve) => setTimeout(resolve, this.#paceMs / 2));
        }
        return;
      case 'listen':
        // Its connection outlives the act: the end of the session ends it.
        void this.#client.listen();
        return;
      case 'end':
        await this.#client.end();
        return;
      case 'keep':
        return this.#setConnection('kept');
      case 'fresh':
        return this.#setConnection('fresh');
      case 'kill':
        return this.#killHolder();
    }
  }

  async #call(name: string, params: Parameters<WireClient['request']>[1]): Promise<void> {
    await this.#client.request('tools/call', { name, ...params });
  }

  async #setConnection(connection: ConnectionMode): Promise<void> {
    if (this.#connection === connection) return;
    await this.#ask('', 'PATCH', { connection });
    this.#connection = connection;
  }

  async #killHolder(): Promise<void> {
    const own = maskSessionId(this.#client.session?.id ?? '');
    const holder = await until('a process to hold the session', () => holderOf(processesAfter([], this.#events), own));
    await this.#ask(`/processes/${holder}/kill`, 'POST', { signal: 'SIGKILL' });
  }

  async #ask(path: string, method: string, body: object): Promise<void> {
    const headers = { ...this.#lab.headers, 'content-type': 'application/json' };
    const response = await fetch(this.#lab.api + path, { method, headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  }
}
