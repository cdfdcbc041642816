import type {
  Admission,
  CreateOutcome,
  EndedSession,
  SessionChange,
  SessionLimits,
  SessionRecord,
} from '../../../playground-server/transport/index.ts';

interface Entry {
  record: SessionRecord;
  lastUsed: number;
  used: boolean;
}

/** What a table of sessions should say, in as few words as possible, and as slowly as it may be. */
export class SessionModel {
  now = 0;
  readonly #limits: SessionLimits;
  #entries: Entry[] = [];
  readonly #ended = new Map<string, EndedSession & { principal: string | null; at: number }>();

  constructor(limits: SessionLimits) {
    this.#limits = limits;
  }

  /** @param isRemembered whether the store still keeps an id that ended more than five minutes ago: it may */
  create(record: SessionRecord, isRemembered: boolean): CreateOutcome {
    const ended = this.#ended.get(record.id);
    const isTaken = ended && (this.now - ended.at < 300_000 || isRemembered);
    if (this.#find(record.id) || isTaken) return { kind: 'taken' };
    const gone: EndedSession[] = [];
    if (this.#full(record)) gone.push(...this.sweep());
    for (let full = this.#full(record); full; full = this.#full(record)) {
      const [oldest] = this.#entries
        .filter(({ used, lastUsed }) => !used && this.now - lastUsed >= 60_000)
        .filter((entry) => full === 'server' || entry.record.principal === record.principal)
        .sort((a, b) => a.lastUsed - b.lastUsed);
      if (!oldest) return { kind: 'full', byPrincipal: full === 'principal', ended: gone };
      gone.push(this.#remove(oldest, 'evicted'));
    }
    this.#ended.delete(record.id);
    this.#entries.push({ record, lastUsed: this.now, used: false });
    return { kind: 'created', ended: gone };
  }

  admit(id: string, principal: string | null): Admission {
    const entry = this.#find(id);
    const expiredNow = entry !== undefined && this.#isExpired(entry);
    if (expiredNow) this.#remove(entry, 'expired');
    if (!entry || expiredNow) {
      const ended = this.#ended.get(id);
      const isTold = ended?.principal === principal && this.now - ended.at < 300_000;
      return { kind: 'missing', reason: isTold ? ended.reason : 'unknown', expiredNow };
    }
    if (entry.record.principal !== principal) return { kind: 'forbidden' };
    Object.assign(entry, { lastUsed: this.now, used: true });
    return { kind: 'live', record: entry.record };
  }

  update(id: string, change: SessionChange): void {
    const record = this.#find(id)?.record;
    if (!record) return;
    const others = record.subscriptions.filter((uri) => !('uri' in change) || uri !== change.uri);
    if (change.kind === 'level') record.logLevel = change.level;
    else if (change.kind === 'set') record.data[change.key] = change.value;
    else if (change.kind === 'unsubscribe') record.subscriptions = others;
    else if (others.length === record.subscriptions.length) record.subscriptions.push(change.uri);
  }

  end(id: string): boolean {
    const entry = this.#find(id);
    if (entry) this.#remove(entry, 'deleted');
    return entry !== undefined;
  }

  sweep(): EndedSession[] {
    return this.#entries.filter((entry) => this.#isExpired(entry)).map((entry) => this.#remove(entry, 'expired'));
  }

  #find(id: string): Entry | undefined {
    return this.#entries.find(({ record }) => record.id === id);
  }

  #isExpired({ lastUsed }: Entry): boolean {
    return this.#limits.idleTimeoutMs !== null && this.now - lastUsed >= this.#limits.idleTimeoutMs;
  }

  #full({ principal }: SessionRecord): 'principal' | 'server' | undefined {
    const own = this.#entries.filter(({ record }) => record.principal === principal);
    if (principal !== null && own.length >= (this.#limits.maxSessionsPerPrincipal ?? 1e9)) return 'principal';
    return this.#entries.length >= this.#limits.maxSessions ? 'server' : undefined;
  }

  #remove(entry: Entry, reason: EndedSession['reason']): EndedSession {
    const { id, principal } = entry.record;
    this.#entries = this.#entries.filter((other) => other !== entry);
    this.#ended.set(id, { id, reason, principal, at: this.now });
    return { id, reason };
  }
}
