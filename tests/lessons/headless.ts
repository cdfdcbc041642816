import type { LabCreated } from '../../playground-server/lab/api.ts';
import { connectionHeader } from '../../playground-server/lab/api.ts';
import type { ConnectionMode, WireEvent } from '../../playground-server/lab/wire.ts';
import type { JsonObject } from '../../playground-server/transport/json-rpc.ts';
import { maskSessionId } from '../../playground-server/transport/trace.ts';
import { createFrameReader, WireClient } from '../../playground-server/wire-client/index.ts';
import { ModernClient } from '../../playground-server/wire-client/modern.ts';
import { methodWritten } from '../../src/lessons/streams.ts';
import { askable } from '../../src/playground/client/askable.ts';
import { callAndAnswer } from '../../src/playground/client/asking.ts';
import {
  announceTimes,
  countArguments,
  countOnArguments,
  hangUpArguments,
  holderOf,
  lessonFaults,
  listenedFor,
  manySessions,
  runnerOf,
  victimOf,
  whoamiTimes,
} from '../../src/playground/model/acts.ts';
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
  const runner = new Runner(lab, wire.events, paceMs, lesson.era);
  try {
    for (const [index, step] of lesson.steps.entries()) {
      for (const act of step.acts) await runner.act(act);
      await until(`the wire to show: ${step.text}`, () => progressOf(lesson, wire.events)[index]?.seen, 10_000);
    }
    runner.hangUp();
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
  /** The process tells a little later than the router that the connection of a stream is gone. */
  const streaming = new Set<string | undefined>();
  for (const { exchange, body } of events) {
    if (body.type === 'request-arrived') open.add(exchange);
    if (body.type === 'response-end' || body.type === 'process-failed') open.delete(exchange);
    if (body.type === 'event-written') streaming.add(exchange);
    if (body.type === 'connection-closed' || body.type === 'process-failed') streaming.delete(exchange);
  }
  return open.size === 0 && streaming.size === 0;
}

class Runner {
  readonly #lab: Lab;
  readonly #events: readonly WireEvent[];
  readonly #paceMs: number;
  readonly #client: WireClient;
  readonly #modern: ModernClient | undefined;
  #connection: ConnectionMode = 'fresh';
  readonly #listening = new Set<AbortController>();
  /** The last event of the stream that broke off. */
  #brokenAt: { lastEventId: string; standalone: boolean } | undefined;
  /** Gives the answer to what the server asks; the call that asked comes back when it is there. */
  #answer: ((result: JsonObject) => Promise<void>) | undefined;

  constructor(lab: Lab, events: readonly WireEvent[], paceMs: number, era: Lesson['era']) {
    this.#lab = lab;
    this.#events = events;
    this.#paceMs = paceMs;
    const settings = {
      endpoint: lab.endpoint,
      clientInfo: { name: 'the-page', version: '1.0.0' },
      capabilities: askable,
      // No name of a program: what is recorded stands for the reader's own client.
      headers: () => ({
        'user-agent': '',
        ...(this.#connection === 'kept' && { [connectionHeader]: 'this-page' }),
      }),
    };
    this.#client = new WireClient(settings);
    if (era === 'modern') this.#modern = new ModernClient(settings);
  }

  async act(act: ActName): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, this.#paceMs));
    switch (act) {
      case 'open':
        if (this.#modern) await this.#modern.request('server/discover');
        else await this.#client.open();
        return;
      case 'list':
        await this.#client.request('tools/list', {});
        return;
      case 'count':
        await this.#call('count', { arguments: countArguments, _meta: { progressToken: 'count' } });
        return;
      case 'count_on':
        return this.#countOn();
      case 'announce':
        await this.#call('announce', { arguments: {} });
        return;
      case 'announce_each':
        for (let sent = 0; sent < announceTimes; sent += 1) {
          await this.#call('announce', { arguments: {} });
          await new Promise((resolve) => setTimeout(resolve, this.#paceMs / 2));
        }
        return;
      case 'whoami':
        for (let sent = 0; sent < whoamiTimes; sent += 1) {
          await this.#call('whoami', { arguments: {} });
          await new Promise((resolve) => setTimeout(resolve, this.#paceMs / 2));
        }
        return;
      case 'listen':
        return this.#listen();
      case 'close':
        return this.#close();
      case 'hang_up':
        await this.#call('hang_up', { arguments: hangUpArguments, _meta: { progressToken: 'hang_up' } });
        return;
      case 'resume':
        return this.#resume();
      case 'ask':
        return this.#ask();
      case 'answer':
        return this.#answer?.({ action: 'accept', content: { answer: 'Ada' } });
      case 'decline':
        return this.#answer?.({ action: 'decline' });
      case 'dismiss':
        return this.#answer?.({ action: 'cancel' });
      case 'buffer':
        return this.#send('/faults', 'POST', { kind: 'buffer', bytes: lessonFaults.bufferBytes });
      case 'unbuffer':
        return this.#send('/faults', 'POST', { kind: 'buffer', bytes: 0 });
      case 'cut_idle':
        return this.#send('/faults', 'POST', { kind: 'cut-idle', ms: lessonFaults.cutIdleMs });
      case 'uncut':
        return this.#send('/faults', 'POST', { kind: 'cut-idle', ms: 0 });
      case 'eight':
        for (let opened = 0; opened < manySessions.sessions; opened += 1) {
          await this.#client.open();
          for (let sent = 0; sent < manySessions.calls; sent += 1) await this.#call('whoami', { arguments: {} });
        }
        return;
      case 'end':
        await this.#client.end();
        return;
      case 'keep':
        return this.#setConnection('kept');
      case 'fresh':
        return this.#setConnection('fresh');
      case 'kill':
        return this.#kill();
    }
  }

  async #call(name: string, params: Parameters<WireClient['request']>[1]): Promise<void> {
    let last: string | undefined;
    const watch = {
      onFrame: ({ id }: { id?: string }) => {
        last = id ?? last;
      },
    };
    const client = this.#modern ?? this.#client;
    const outcome = await client.request('tools/call', { name, ...params }, watch);
    if ((outcome.kind === 'no-response' || outcome.kind === 'unreachable') && last !== undefined) {
      this.#brokenAt = { lastEventId: last, standalone: false };
    }
  }

  /** Comes back while the call runs. */
  async #countOn(): Promise<void> {
    void this.#call('count', { arguments: countOnArguments, _meta: { progressToken: 'count' } });
    await until('the call to run', () => runnerOf(this.#events));
  }

  /** Its connection outlives the act: the end of the session ends it, or `close`, or a fault. */
  #listen(lastEventId?: string): void {
    const listening = new AbortController();
    this.#listening.add(listening);
    if (this.#modern) {
      void this.#modern.listen(listenedFor, { signal: listening.signal });
      return;
    }
    let last = lastEventId;
    const watch = {
      signal: listening.signal,
      onFrame: ({ id }: { id?: string }) => {
        last = id ?? last;
      },
      ...(lastEventId !== undefined && { lastEventId }),
    };
    void this.#client.listen(watch).then(({ kind }) => {
      if (kind === 'unreachable' && last !== undefined) this.#brokenAt = { lastEventId: last, standalone: true };
    });
  }

  async #resume(): Promise<void> {
    // What came back already is not broken; a standalone stream may yet be cut.
    if (!this.#brokenAt && this.#listening.size === 0) return;
    const { lastEventId, standalone } = await until('a stream to have broken off', () => this.#brokenAt);
    this.#brokenAt = undefined;
    if (standalone) this.#listen(lastEventId);
    else await this.#client.listen({ lastEventId });
  }

  /** Comes back with the question; the call itself goes on until it is answered. */
  async #ask(): Promise<void> {
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<JsonObject>();
    const answered = callAndAnswer(
      this.#modern ?? this.#client,
      { name: 'ask', arguments: {} },
      () => {
        asked.resolve();
        return answer.promise;
      },
      () => {},
    );
    this.#answer = async (result) => {
      this.#answer = undefined;
      answer.resolve(result);
      await answered;
    };
    await asked.promise;
  }

  /** A client that is done leaves nothing open. */
  hangUp(): void {
    for (const listening of this.#listening) listening.abort();
    this.#listening.clear();
  }

  /** What is announced next must find the connection gone. */
  async #close(): Promise<void> {
    this.hangUp();
    const openBefore = this.#events.findLast(({ body }) => body.type === 'request-arrived' && body.method === 'GET');
    await until('the GET stream to be closed', () =>
      this.#events.some(({ exchange, body }) => body.type === 'response-end' && exchange === openBefore?.exchange),
    );
  }

  async #setConnection(connection: ConnectionMode): Promise<void> {
    if (this.#connection === connection) return;
    await this.#send('', 'PATCH', { connection });
    this.#connection = connection;
  }

  async #kill(): Promise<void> {
    // In the middle of a call, and always in the same place, whatever the pace.
    const steps = (): number =>
      this.#events.filter((event) => methodWritten(event) === 'notifications/progress').length;
    if (runnerOf(this.#events)) await until('the call to have counted', () => steps() >= 4);
    const own = maskSessionId(this.#client.session?.id ?? '');
    const era = this.#modern ? 'modern' : 'handshake';
    const victim = await until('a process to hold the session', () =>
      victimOf({ runner: runnerOf(this.#events), holder: holderOf(processesAfter([], this.#events), own, era) }),
    );
    await this.#send(`/processes/${victim}/kill`, 'POST', { signal: 'SIGKILL' });
  }

  async #send(path: string, method: string, body: object): Promise<void> {
    const headers = { ...this.#lab.headers, 'content-type': 'application/json' };
    const response = await fetch(this.#lab.api + path, { method, headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  }
}
