/** The bodies that the labs API is sent: what is allowed in each, and what a reader is told who sent something else. */

import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import type { ChangeLabRequest, CreateLabRequest, EmitRequest, KillRequest } from '../lab/api.ts';
import { type Deployment, deployments, mostProcesses } from '../lab/deployments.ts';
import { type Fault, faultBounds } from '../lab/faults.ts';
import type { WantedLab } from '../lab/labs.ts';
import type { KillSignal } from '../lab/wire.ts';
import type { JsonObject } from '../transport/json-rpc.ts';
import { readJson } from './json.ts';
import { HttpProblem } from './problem.ts';

const connection = z.enum(['fresh', 'kept']);

/** Of an optional member, absent and `undefined` are the same: JSON has no `undefined`. */
type Given<T> = { [K in keyof T]: T[K] | undefined };

const createLab: z.ZodType<Given<CreateLabRequest>> = z.strictObject({
  deployment: z.enum(deployments.map(({ id }) => id)),
  processes: z.int().min(1).max(mostProcesses).optional(),
  connection: connection.optional(),
});
const changeLab: z.ZodType<ChangeLabRequest> = z.strictObject({ connection });
/** What a process can be made to emit, and with which params. */
const emissions: Readonly<Record<string, JsonObject | undefined>> = {
  'notifications/tools/list_changed': undefined,
  'notifications/prompts/list_changed': undefined,
  'notifications/resources/list_changed': undefined,
  'notifications/resources/updated': { uri: 'lab://clock' },
  'notifications/message': { level: 'warning', logger: 'lab', data: 'Emitted on request' },
};
const emission: z.ZodType<EmitRequest> = z.strictObject({ notification: z.enum(Object.keys(emissions)) });
const upTo = (most: number) => z.int().min(0).max(most);
const fault: z.ZodType<Given<Fault>> = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('drop-connection'),
    stream: z.string().regex(/^\d{1,15}$/),
    session: z.string().min(1).max(256).optional(),
  }),
  z.strictObject({ kind: z.literal('delay'), ms: upTo(faultBounds.delayMs) }),
  z.strictObject({ kind: z.literal('buffer'), bytes: upTo(faultBounds.bufferBytes) }),
  z.strictObject({ kind: z.literal('cut-idle'), ms: upTo(faultBounds.cutIdleMs) }),
  z.strictObject({ kind: z.literal('expire-session'), id: z.string().regex(/^[\x21-\x7e]{1,256}$/) }),
  z.strictObject({ kind: z.literal('store-down'), ms: upTo(faultBounds.storeDownMs) }),
]);
const kill: z.ZodType<Given<KillRequest>> = z.strictObject({ signal: z.enum(['SIGKILL', 'SIGTERM']).optional() });

/** @throws HttpProblem */
export async function readWantedLab(request: IncomingMessage): Promise<WantedLab> {
  const parsed = createLab.safeParse(await readJson(request));
  if (!parsed.success) {
    const ids = deployments.map(({ id }) => JSON.stringify(id)).join(', ');
    throw new HttpProblem(
      'bad-body',
      `Send {"deployment": …} and, if wanted, "processes" (1 to ${mostProcesses}) and "connection" ("fresh" or "kept"), and nothing else; the deployment is one of ${ids}.`,
    );
  }
  const { data } = parsed;
  const deployment: Deployment = deployments.find(({ id }) => id === data.deployment) as Deployment;
  if (data.processes !== undefined && (deployment.processes === 1 || data.processes > deployment.processes)) {
    throw new HttpProblem(
      'bad-body',
      deployment.processes === 1
        ? `The deployment "${deployment.id}" is one process: leave "processes" out.`
        : `The deployment "${deployment.id}" has 1 to ${deployment.processes} processes.`,
    );
  }
  return {
    deployment,
    processes: data.processes ?? deployment.processes,
    connection: data.connection ?? 'fresh',
  };
}

/** @throws HttpProblem */
export async function readChange(request: IncomingMessage): Promise<ChangeLabRequest> {
  const parsed = changeLab.safeParse(await readJson(request));
  if (!parsed.success) throw new HttpProblem('bad-body', 'Send {"connection": "fresh"} or {"connection": "kept"}.');
  return parsed.data;
}

/** @throws HttpProblem */
export async function readSignal(request: IncomingMessage): Promise<KillSignal> {
  const { 'content-length': length = '0', 'transfer-encoding': coding } = request.headers;
  if (length === '0' && coding === undefined) return 'SIGKILL';
  const parsed = kill.safeParse(await readJson(request));
  if (!parsed.success) {
    throw new HttpProblem('bad-body', 'Send {"signal": "SIGKILL"}, {"signal": "SIGTERM"} or no body.');
  }
  return parsed.data.signal ?? 'SIGKILL';
}

/** @throws HttpProblem */
export async function readEmission(request: IncomingMessage): Promise<{ method: string; params?: JsonObject }> {
  const parsed = emission.safeParse(await readJson(request));
  if (!parsed.success) {
    const names = Object.keys(emissions).join(', ');
    throw new HttpProblem('bad-body', `Send {"notification": …} with one of ${names}.`);
  }
  const { notification: method } = parsed.data;
  const params = emissions[method];
  return params ? { method, params } : { method };
}

/** @throws HttpProblem */
export async function readFault(request: IncomingMessage): Promise<Fault> {
  const parsed = fault.safeParse(await readJson(request));
  if (parsed.success) return parsed.data as Fault;
  const { delayMs, bufferBytes, cutIdleMs, storeDownMs } = faultBounds;
  throw new HttpProblem(
    'bad-body',
    'Send one of {"kind": "drop-connection", "stream": "0"}, with "session" (its masked id) if wanted; ' +
      `{"kind": "delay", "ms": 0 to ${delayMs}}; {"kind": "buffer", "bytes": 0 to ${bufferBytes}}; ` +
      `{"kind": "cut-idle", "ms": 0 to ${cutIdleMs}}; {"kind": "expire-session", "id": the session id}; ` +
      `{"kind": "store-down", "ms": 0 to ${storeDownMs}}, where the processes share a store.`,
  );
}
