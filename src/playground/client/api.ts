/** The labs API, as the page calls it. */

import type {
  ChangeLabRequest,
  CreateLabRequest,
  DeploymentsAnswer,
  KillRequest,
  LabCreated,
  Problem,
} from '../../../playground-server/lab/api.ts';
import type { ConnectionMode, ProcessName } from '../../../playground-server/lab/wire.ts';

/** A lab that this page may use. */
export interface LabHandle {
  id: string;
  token: string;
  deployment: string;
  /** The MCP endpoint, absolute, at the origin that the page itself came from. */
  endpoint: string;
}

/** The server refused, and said why. */
export class LabRefused extends Error {
  /** What kind of problem it is: the last word of the problem's type. */
  readonly problem: string;
  readonly retryAfterSeconds: number | undefined;

  constructor(problem: string, message: string, retryAfterSeconds: number | undefined) {
    super(message);
    this.name = 'LabRefused';
    this.problem = problem;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** What a reader has chosen. */
export interface WantedLab {
  deployment: string;
  connection: ConnectionMode;
}

/**
 * Asks whether a playground server answers at this origin.
 * @returns what it offers, or `undefined` when no JSON came within `timeoutMs`: these are static files then
 */
export async function findServer(timeoutMs = 2_000): Promise<DeploymentsAnswer | undefined> {
  try {
    const response = await fetch('/api/deployments', { cache: 'no-store', signal: AbortSignal.timeout(timeoutMs) });
    if (!response.ok) return undefined;
    const answer = (await response.json()) as Partial<DeploymentsAnswer> | null;
    return Array.isArray(answer?.deployments) ? (answer as DeploymentsAnswer) : undefined;
  } catch {
    return undefined;
  }
}

/** @throws LabRefused when the server has no lab to give, `TypeError` when it cannot be reached */
export async function createLab({ deployment, connection }: WantedLab): Promise<LabHandle> {
  const response = await fetch('/api/labs', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ deployment, connection } satisfies CreateLabRequest),
  });
  if (response.status !== 201) throw await refusal(response);
  const { id, token, endpoint } = (await response.json()) as LabCreated;
  // The path is the secret; the origin is the one this page may talk to, whatever the server believes its name to be.
  const here = new URL(new URL(endpoint).pathname, location.origin);
  return { id, token, deployment, endpoint: here.href };
}

/** What the server said instead. */
export async function refusal(response: Response): Promise<LabRefused> {
  const problem = (await response.json().catch(() => ({}))) as Partial<Problem>;
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  const message = problem.detail ?? problem.title ?? `The server answered ${response.status}.`;
  const kind = problem.type?.split(':').at(-1) ?? '';
  return new LabRefused(kind, message, Number.isFinite(retryAfter) ? retryAfter : undefined);
}

/** The address of something under a lab, and the header that opens it. */
export function labRequest(lab: LabHandle, path: string): { url: string; headers: Record<string, string> } {
  return { url: `/api/labs/${lab.id}${path}`, headers: { authorization: `Bearer ${lab.token}` } };
}

/**
 * Tells the lab that someone is looking, which keeps it from going idle.
 * @returns `gone` when there is no such lab any more; `unknown` when nothing could be learned
 */
export async function beat(lab: LabHandle): Promise<'there' | 'gone' | 'unknown'> {
  try {
    const { url, headers } = labRequest(lab, '');
    const response = await fetch(url, { headers, cache: 'no-store' });
    if (response.ok) return 'there';
    return isGone(response.status) ? 'gone' : 'unknown';
  } catch {
    return 'unknown';
  }
}

/** Says how the router treats connections from now on. @throws LabRefused, `TypeError` when it cannot be reached */
export async function changeLab(lab: LabHandle, change: ChangeLabRequest): Promise<void> {
  const response = await send(lab, '', 'PATCH', change);
  if (!response.ok) throw await refusal(response);
}

/** Kills a process at once; a successor follows. @throws LabRefused, `TypeError` when it cannot be reached */
export async function killProcess(lab: LabHandle, process: ProcessName): Promise<void> {
  const response = await send(lab, `/processes/${process}/kill`, 'POST', { signal: 'SIGKILL' } satisfies KillRequest);
  if (!response.ok) throw await refusal(response);
}

/** One request to something under a lab, with a body. */
export function send(lab: LabHandle, path: string, method: string, body: object): Promise<Response> {
  const { url, headers } = labRequest(lab, path);
  return fetch(url, {
    method,
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

/** Ends a lab that this page leaves for another one. What the server says does not matter: it would end by itself. */
export async function deleteLab(lab: LabHandle): Promise<void> {
  const { url, headers } = labRequest(lab, '');
  await fetch(url, { method: 'DELETE', headers }).catch(() => undefined);
}

/** The statuses that say: this lab is not there, or this token does not open it. Trying again changes nothing. */
export function isGone(status: number): boolean {
  return status === 401 || status === 403 || status === 404 || status === 410;
}
