import type { LogLevel } from '../handler.ts';
import type { JsonValue, RequestId } from '../json-rpc.ts';
import type { SessionEndReason, SessionMissingReason } from '../trace.ts';
import { applyChange } from './apply-change.ts';
import type {
  Admission,
  Asker,
  BeginOutcome,
  CreateOutcome,
  EndedSession,
  Run,
  RunLimits,
  SessionChange,
  SessionLimits,
  SessionRecord,
  SessionStore,
} from './backplane.ts';
import { Holds } from './holds.ts';
import * as answers from './redis-answer-scripts.ts';
import type { RedisConnection } from './redis-connection.ts';
import * as runScripts from './redis-run-scripts.ts';
import { RedisSessionIndex } from './redis-session-index.ts';
import * as scripts from './redis-session-scripts.ts';

/** What belongs to a session and is touched with it, in the order in which the scripts have it as KEYS. */
const sessionKeys = [
  ...['session', 'streams', 'finished', 'dropped', 'broadcasts', 'weight'],
  ...['runs', 'answers', 'answered'],
] as const;

/** Milliseconds; empty for never. */
type Expires = string | number;

type AdmitReply = ['live', Expires | null, string[]] | ['forbidden'] | ['missing', SessionMissingReason, 0 | 1];

/** Sessions in Redis: a hash for each, and an index of all, which the cap counts in. */
export class RedisSessions implements SessionStore {
  readonly #redis: RedisConnection;
  readonly #prefix: string;
  readonly #now: () => number;
  readonly #index: RedisSessionIndex;
  readonly #holds: Holds;

  constructor(redis: RedisConnection, prefix: string, now: () => number) {
    this.#redis = redis;
    this.#prefix = prefix;
    this.#now = now;
    this.#index = new RedisSessionIndex(redis, prefix, now);
    this.#holds = new Holds((ids) => {
      for (const id of ids) this.#renew(id);
    });
  }

  async create(record: SessionRecord, limits: SessionLimits): Promise<CreateOutcome> {
    const { id } = record;
    const principal = marked(record.principal);
    this.#holds.noteIdleTime(limits.idleTimeoutMs);
    let outcome = await this.#index.add(id, principal, limits);
    let ended: readonly EndedSession[] = [];
    if (outcome === 'principal' || outcome === 'server') {
      // An id that is remembered is taken, and nobody has to go for it.
      if ((await this.#run(scripts.exists, id)) === 1) return { kind: 'taken' };
      ended = await this.#makeRoom(principal, limits);
      outcome = await this.#index.add(id, principal, limits);
    }
    if (outcome === 'taken') return { kind: 'taken' };
    if (outcome !== 'added') return { kind: 'full', byPrincipal: outcome === 'principal', ended };
    const isNew = await this.#run(scripts.create, id, limits.idleTimeoutMs ?? '', ...fieldsOf(record));
    if (isNew === 1) return { kind: 'created', ended };
    await this.#index.remove(id);
    return { kind: 'taken' };
  }

  async admit(id: string, { principal, origin }: Asker): Promise<Admission> {
    const isHeld = this.#holds.has(id) ? 1 : 0;
    const reply = (await this.#run(scripts.admit, id, isHeld, marked(principal), marked(origin))) as AdmitReply;
    if (reply[0] === 'forbidden') return { kind: 'forbidden' };
    if (reply[0] === 'missing') {
      const [, reason, expiredNow] = reply;
      if (expiredNow === 1) await this.#index.remove(id);
      return { kind: 'missing', reason, expiredNow: expiredNow === 1 };
    }
    const [, expires, fields] = reply;
    const { record, idleTimeoutMs } = read(fields);
    this.#holds.noteIdleTime(idleTimeoutMs);
    this.#reindex(id, expires);
    return { kind: 'live', record };
  }

  async keepAnswer(id: string, question: string, json: string): Promise<void> {
    await this.#run(answers.keepAnswer, id, question, json);
  }

  async readAnswer(id: string, question: string): Promise<string | null> {
    return (await this.#run(answers.readAnswer, id, question)) as string | null;
  }

  async dropAnswer(id: string, question: string): Promise<void> {
    await this.#run(answers.dropAnswer, id, question);
  }

  async begin(id: string, runs: readonly Run[], { maxInFlight, uniqueIds }: RunLimits): Promise<BeginOutcome> {
    const fields = runs.flatMap(({ instance, number, request }) => [`${instance}:${number}`, JSON.stringify(request)]);
    const outcome = await this.#run(runScripts.begin, id, maxInFlight, uniqueIds ? 1 : 0, ...fields);
    const [kind, instances = [], request = ''] = outcome as [BeginOutcome['kind'], string[]?, string?];
    if (kind === 'begun') return { kind };
    return kind === 'full' ? { kind, instances } : { kind, instances, request: JSON.parse(request) as RequestId };
  }

  async finish(id: string, instance: string, numbers: readonly number[] = []): Promise<void> {
    if (numbers.length === 0 || !this.#holds.has(id)) {
      await this.#run(runScripts.finish, id, instance, ...numbers);
      return;
    }
    // What ends here is released next: one script does for both. Should it fail, see `#renew`.
    this.#holds.noteUse(id, this.#millisecond());
    this.#reindex(id, (await this.#run(runScripts.finishAndRenew, id, instance, ...numbers)) as Expires | null);
  }

  async update(id: string, change: SessionChange): Promise<void> {
    await this.#run(scripts.update, id, ...commandOf(change));
  }

  hold(id: string): void {
    this.#holds.add(id);
  }

  release(id: string): void {
    if (this.#holds.remove(id) && !this.#holds.isNoted(id, this.#millisecond())) this.#renew(id);
  }

  async end(id: string, reason: SessionEndReason): Promise<boolean> {
    const ended = (await this.#run(scripts.end, id, reason, '')) === 1;
    await this.#index.remove(id);
    return ended;
  }

  async sweep(): Promise<readonly EndedSession[]> {
    for (const id of await this.#index.forgotten()) await this.#run(scripts.forget, id);
    return this.#endExpired();
  }

  close(): void {
    this.#holds.clear();
  }

  /** Expired sessions first, then those never used, one after the other until there is room. */
  async #makeRoom(principal: string, limits: SessionLimits): Promise<EndedSession[]> {
    const ended = await this.#endExpired();
    for (;;) {
      const [id] = await this.#index.evictable(principal, limits);
      if (id === undefined) return ended;
      if (await this.#endIf('unused', id)) ended.push({ id, reason: 'evicted' });
    }
  }

  async #endExpired(): Promise<EndedSession[]> {
    const ended: EndedSession[] = [];
    for (const id of await this.#index.expired()) {
      if (this.#holds.has(id)) continue;
      if (await this.#endIf('expired', id)) ended.push({ id, reason: 'expired' });
    }
    return ended;
  }

  /** The index knows about when; the session itself knows. */
  async #endIf(condition: 'expired' | 'unused', id: string): Promise<boolean> {
    const reason = condition === 'unused' ? 'evicted' : 'expired';
    const outcome = (await this.#run(scripts.end, id, reason, condition)) as number | ['live', Expires];
    if (Array.isArray(outcome)) await this.#index.touch(id, outcome[1]);
    else await this.#index.remove(id);
    return outcome === 1;
  }

  /** By the clock of this process, where the store has its own. */
  #millisecond(): number {
    return this.#now() || Date.now();
  }

  /** Should it fail, the session has the rest of its idle time, and the next use renews it. */
  #renew(id: string): void {
    this.#run(scripts.renew, id).then(
      (expires) => this.#reindex(id, expires as Expires | null),
      () => {},
    );
  }

  /** The index may be late: whoever finds a session expired there asks the session. */
  #reindex(id: string, expires: Expires | null): void {
    if (expires !== null) this.#index.touch(id, expires).catch(() => {});
  }

  #run(script: string, id: string, ...values: (string | number)[]): Promise<unknown> {
    const tag = `${this.#prefix}{${id}}:`;
    const keys = sessionKeys.map((name) => tag + name);
    return this.#redis.evaluate(script, keys, this.#now(), tag, ...values);
  }
}

/** A principal or an origin: none is not the same as an empty one. */
function marked(text: string | null): string {
  return text === null ? '' : `=${text}`;
}

function fieldsOf(record: SessionRecord): string[] {
  const { logLevel, subscriptions, data, ...base } = record;
  const fields = ['base', JSON.stringify(base), 'level', logLevel];
  if (record.principal !== null) fields.push('principal', marked(record.principal));
  if (record.origin !== null) fields.push('origin', marked(record.origin));
  for (const uri of subscriptions) fields.push(`follows:${uri}`, '');
  for (const [key, value] of Object.entries(data)) fields.push(`data:${key}`, JSON.stringify(value));
  return fields;
}

function commandOf(change: SessionChange): string[] {
  switch (change.kind) {
    case 'level':
      return ['HSET', 'level', change.level];
    case 'subscribe':
      return ['HSET', `follows:${change.uri}`, ''];
    case 'unsubscribe':
      return ['HDEL', `follows:${change.uri}`];
    case 'set':
      return ['HSET', `data:${change.key}`, JSON.stringify(change.value)];
  }
}

function read(fields: readonly string[]): { record: SessionRecord; idleTimeoutMs: number | null } {
  const parts = { base: '', level: '', idle: '' };
  const changes: SessionChange[] = [];
  for (let i = 0; i < fields.length; i += 2) {
    const [name = '', value = ''] = fields.slice(i, i + 2);
    if (name.startsWith('data:')) {
      changes.push({ kind: 'set', key: name.slice('data:'.length), value: JSON.parse(value) as JsonValue });
    } else if (name.startsWith('follows:')) changes.push({ kind: 'subscribe', uri: name.slice('follows:'.length) });
    else if (name === 'base' || name === 'level' || name === 'idle') parts[name] = value;
  }
  const base = JSON.parse(parts.base) as Omit<SessionRecord, 'logLevel' | 'subscriptions' | 'data'>;
  const record: SessionRecord = { ...base, logLevel: parts.level as LogLevel, subscriptions: [], data: {} };
  for (const change of changes) applyChange(record, change);
  return { record, idleTimeoutMs: parts.idle === '' ? null : Number(parts.idle) };
}
