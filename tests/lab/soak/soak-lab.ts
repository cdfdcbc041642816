import { createLab, TestLab } from '../local-server.ts';
import { Disturbances } from './disturbances.ts';
import type { Tally } from './tally.ts';

/** A session as whoever opened it knows it. */
export interface OpenSession {
  id: string;
  openedAt: number;
  /** The process that answered. */
  owner: string;
  /** Somebody has it expire: from now on it may be gone. */
  isExpired: boolean;
}

/** What a deployment holds in the run. */
export interface Plan {
  name: string;
  deployment: string;
  origin: string;
}

/** The process that is killed. Not one of the first: those are measured for as long as the lab lives. */
export const killed = 'p4';

/** So many sessions are left behind at a time. */
const mostLeft = 4;
/** A connection that `fetch` keeps would be a descriptor of the server long after the run. */
const unkept = { Connection: 'close' };

/** A lab under load: what its visitors and those who make mischief have to know of one another. */
export class SoakLab extends TestLab {
  readonly plan: Plan;
  readonly tally: Tally;
  readonly disturbances = new Disturbances();
  /** Sessions in use. */
  readonly sessions = new Set<OpenSession>();
  readonly #left: OpenSession[] = [];

  private constructor(plan: Plan, lab: TestLab, tally: Tally) {
    super(plan.origin, lab.created);
    this.plan = plan;
    this.tally = tally;
  }

  static async start(plan: Plan, tally: Tally): Promise<SoakLab> {
    for (let tries = 0; ; tries++) {
      const response = await createLab(plan.origin, unkept, { deployment: plan.deployment });
      const text = await response.text();
      tally.answered('labs API', response.status);
      if (response.status === 201) {
        tally.happened('lab');
        return new SoakLab(plan, new TestLab(plan.origin, JSON.parse(text)), tally);
      }
      // On a machine that is busy with other things its processes may take longer than they have.
      const isLate = text.includes('lab-did-not-start') && tries < 5;
      if (!isLate) throw new Error(`A lab of ${plan.name} was answered ${response.status} ${text}`);
      tally.happened('lab that did not start');
    }
  }

  override async api(path = '', init: RequestInit = {}): Promise<Response> {
    const response = await super.api(path, { ...init, headers: { ...unkept, ...init.headers } });
    this.tally.answered('labs API', response.status);
    return response;
  }

  /** An action of the API. @returns the body of its answer */
  async act(path: string, body: unknown, ...expected: number[]): Promise<string> {
    const method = path === '' ? 'PATCH' : 'POST';
    const headers = { 'Content-Type': 'application/json' };
    const response = await this.api(path, { method, headers, body: JSON.stringify(body) });
    const text = await response.text();
    if (!expected.includes(response.status)) {
      this.tally.fault(`${this.plan.name}: ${method} ${path} ${JSON.stringify(body)}: ${response.status} ${text}`);
    }
    return text;
  }

  async expire(session: OpenSession): Promise<void> {
    session.isExpired = true;
    await this.act('/faults', { kind: 'expire-session', id: session.id }, 202);
  }

  /** Nobody ends this one. In time it would end by itself, but an hour is short: of many, the first expire. */
  async leave(session: OpenSession): Promise<void> {
    this.#left.push(session);
    this.tally.happened('session left');
    const first = this.#left.length > mostLeft && this.#left.shift();
    if (first) await this.expire(first);
  }

  get isShared(): boolean {
    return this.plan.deployment === 'shared';
  }

  get isStateless(): boolean {
    return this.plan.deployment === 'stateless';
  }

  /** Its processes do not share, and the router does not ask whose a session is. */
  get isForgetful(): boolean {
    return this.plan.deployment === 'forked' || this.plan.deployment === 'hashed';
  }
}
