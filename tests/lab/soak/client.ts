import { Agent } from 'node:http';
import { exchange, type Outcome, type Sent } from './exchange.ts';
import { killed, type OpenSession, type SoakLab } from './soak-lab.ts';

export const latest = '2025-11-25';

export interface Asked extends Omit<Sent, 'headers'> {
  /** Over those that a right request has; an empty one is not sent. */
  headers?: Record<string, string>;
}

/** Sends requests to a lab, counts the answers, and tells those that nothing explains. */
export class Client implements Disposable {
  readonly lab: SoakLab;
  /** Its connections are its own, so that the router can keep them, and none outlives it. */
  readonly #agent = new Agent({ keepAlive: true });
  session: OpenSession | undefined;

  constructor(lab: SoakLab) {
    this.lab = lab;
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  /** @param expected the statuses of its answer, when nobody makes mischief */
  async ask({ headers = {}, ...asked }: Asked, ...expected: number[]): Promise<Outcome> {
    const { session } = this;
    const all = {
      Accept: asked.method === 'GET' ? 'text/event-stream' : 'application/json, text/event-stream',
      ...(asked.body !== undefined && { 'Content-Type': 'application/json' }),
      ...(session && { 'Mcp-Session-Id': session.id, 'MCP-Protocol-Version': latest }),
      ...headers,
    };
    const sent = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
    const outcome = await exchange(this.lab.endpoint, this.#agent, { ...asked, headers: sent });
    if (outcome.status > 0 || outcome.end !== 'left') this.lab.tally.answered(this.lab.plan.name, outcome.status);
    if (!this.#isExplained(outcome, session, expected)) {
      const { status, end, text, process } = outcome;
      this.fault(`${asked.method} ${asked.body?.slice(0, 200) ?? ''}: ${status} from ${process}, ${end}: ${text}`);
    }
    return outcome;
  }

  /** A message that asks for no result: 202. */
  tell(message: object): Promise<Outcome> {
    return this.ask({ method: 'POST', body: JSON.stringify({ jsonrpc: '2.0', ...message }) }, 202);
  }

  /** The same until the process is found that has the session, or it is clear that none is. */
  async tellUntilHeard(message: object): Promise<boolean> {
    for (let tries = 0; tries < 12; tries++) {
      if ((await this.tell(message)).status === 202) return true;
    }
    return false;
  }

  fault(what: string): void {
    const { lab, session } = this;
    lab.tally.fault(`${lab.plan.name}, session of ${session?.owner ?? 'nobody'}: ${what}`);
  }

  /** The session may be gone, and why is known. */
  get isLost(): boolean {
    const { lab, session } = this;
    if (lab.isForgetful || session?.isExpired) return true;
    if (lab.plan.deployment !== 'sticky' || session?.owner !== killed) return false;
    return lab.disturbances.since(session.openedAt, 'kill');
  }

  #isExplained({ began, status, end, text }: Outcome, session: OpenSession | undefined, expected: number[]): boolean {
    const { disturbances, isShared, tally } = this.lab;
    if (end === 'wrong') return false;
    if (status === 0) return end === 'left' || disturbances.since(began, 'kill', 'drop-connection');
    if (end === 'cut' && !disturbances.since(began, 'kill', 'drop-connection', 'cut-idle')) return false;
    if (expected.includes(status)) return true;
    if (status === 404) return session !== undefined && this.isLost;
    if (status === 502) return disturbances.since(began, 'kill');
    if (status !== 503) return false;
    // A process that was asked to stop, or one whose store is gone.
    if (disturbances.since(began, 'kill') || (isShared && disturbances.since(began, 'store-down'))) return true;
    if (!isShared || !text.includes('out of reach')) return false;
    tally.storeLate++;
    return true;
  }
}
