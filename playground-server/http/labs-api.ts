/** The labs API: create, look, change, kill, read the wire, end; and the MCP endpoint of each lab. */

import type { IncomingMessage } from 'node:http';
import {
  connectionHeader,
  type DeploymentsAnswer,
  type FaultAccepted,
  type KillAccepted,
  type LabCreated,
} from '../lab/api.ts';
import { givenName } from '../lab/connections.ts';
import { deployments } from '../lab/deployments.ts';
import { exportFormats, exportWire, isExportFormat } from '../lab/export/index.ts';
import type { Lab } from '../lab/lab.ts';
import type { Labs, Refusal } from '../lab/labs.ts';
import type { ProcessName, WireEvent } from '../lab/wire.ts';
import { clientAddress, limitKey } from './client-address.ts';
import { type AllowedSources, guardSource } from './hosts.ts';
import { sendJson } from './json.ts';
import { readChange, readEmission, readFault, readSignal, readWantedLab } from './lab-bodies.ts';
import { HttpProblem } from './problem.ts';
import type { Call, Handler, Route } from './routes.ts';
import { pollWire, startOfReading, streamWire } from './wire-stream.ts';

export interface LabsApiOptions {
  labs: Labs;
  sources: AllowedSources;
  publicOrigin: string | undefined;
  trustProxy: number;
  /** Told why a lab did not start. */
  onStartFailure(error: Error): void;
}

export function labsRoutes(options: LabsApiOptions): Route[] {
  const { labs, sources } = options;
  const readers = new WeakMap<Lab, number>();

  const guarded =
    (handler: Handler): Handler =>
    (call) => {
      guardSource(call.request, sources);
      return handler(call);
    };
  /** For whoever shows the lab's token. */
  const opened = (handler: (call: Call, lab: Lab) => void | Promise<void>): Handler =>
    guarded((call) => handler(call, openLab(labs.find(call.parameters.id ?? ''), call)));
  /** What keeps the lab alive, and counts against its requests a second. */
  const used = (handler: (call: Call, lab: Lab) => void | Promise<void>): Handler =>
    opened(async (call, lab) => {
      await countRequest(labs, lab);
      lab.touch();
      return handler(call, lab);
    });

  async function readWire({ request, response, query }: Call, lab: Lab): Promise<void> {
    // Its answer has no body, and so a stream would never end.
    if (request.method === 'HEAD') throw new HttpProblem('method-not-allowed', 'Send GET.', { Allow: 'GET' });
    const others = readers.get(lab) ?? 0;
    if (others >= labs.limits.readersPerLab) {
      throw new HttpProblem(
        'too-many-readers',
        `A lab's wire has at most ${labs.limits.readersPerLab} readers at once.`,
        {
          'Retry-After': '5',
        },
      );
    }
    readers.set(lab, others + 1);
    try {
      const format = query.get('format') ?? 'sse';
      if (format === 'json') await pollWire(response, lab.log, query);
      else if (format === 'sse') await streamWire(response, lab.log, startOfReading(request, query, lab.log));
      else throw new HttpProblem('bad-parameter', 'format is sse or json.');
    } finally {
      readers.set(lab, (readers.get(lab) ?? 1) - 1);
    }
  }

  return [
    {
      pattern: '/api/deployments',
      handlers: { GET: guarded(({ response }) => sendJson(response, 200, deploymentsAnswer(labs))) },
    },
    { pattern: '/api/labs', handlers: { POST: guarded((call) => createLab(call, options)) } },
    {
      pattern: '/api/labs/:id',
      handlers: {
        GET: used(async ({ response }, lab) => sendJson(response, 200, await lab.state())),
        PATCH: used(async ({ request, response }, lab) => {
          const { connection } = await readChange(request);
          lab.setConnection(connection);
          sendJson(response, 200, await lab.state());
        }),
        DELETE: opened(async ({ response }, lab) => {
          await labs.end(lab, 'deleted');
          response.writeHead(204);
          response.end();
        }),
      },
    },
    { pattern: '/api/labs/:id/processes/:name/kill', handlers: { POST: used(killProcess) } },
    { pattern: '/api/labs/:id/processes/:name/emit', handlers: { POST: used(emit) } },
    { pattern: '/api/labs/:id/faults', handlers: { POST: used(injectFault) } },
    {
      pattern: '/api/labs/:id/export',
      handlers: {
        GET: guarded((call) => exportLog(call, openLab(labs.findWithLog(call.parameters.id ?? ''), call), options)),
      },
    },
    // Reading the wire is no use of the lab: a page that nobody looks at may have left its stream open.
    {
      pattern: '/api/labs/:id/wire',
      handlers: { GET: guarded((call) => readWire(call, openLab(labs.findWithLog(call.parameters.id ?? ''), call))) },
    },
    { pattern: '/labs/:id/mcp', handlers: { ANY: (call) => serveMcp(call, labs) } },
  ];
}

/** The transport in the worker has its own guards; whoever knows this URL may use it. */
async function serveMcp({ request, response, parameters }: Call, labs: Labs): Promise<void> {
  const lab = labs.find(parameters.id ?? '');
  if (!lab) throw noSuchLab();
  await countRequest(labs, lab);
  if (givenName(request) === 'invalid') {
    throw new HttpProblem('bad-parameter', `${connectionHeader} is a name of 1 to 64 visible ASCII characters.`);
  }
  // A client that is gone will not be seen to go.
  if (response.destroyed) return;
  const failure = await lab.serve(request, response);
  if (failure !== undefined && !response.destroyed) {
    throw new HttpProblem('process-failed', `${failure} Try again.`, { 'Retry-After': '1' });
  }
}

/** @throws HttpProblem when it is one too many */
async function countRequest(labs: Labs, lab: Lab): Promise<void> {
  const waitSeconds = await labs.countRequest(lab);
  if (waitSeconds === undefined) return;
  throw new HttpProblem('too-many-requests', `A lab takes ${labs.limits.requestsPerSecond} requests a second.`, {
    'Retry-After': String(waitSeconds),
  });
}

async function emit({ request, response, parameters }: Call, lab: Lab): Promise<void> {
  const { method, params } = await readEmission(request);
  const process = parameters.name ?? '';
  const outcome = lab.emit(process, method, params);
  if (outcome === 'unknown') throw noSuchProcess(lab);
  if (outcome === 'dead') throw new HttpProblem('process-is-dead', 'Its successor is on its way.');
  sendJson(response, 202, { process, notification: method });
}

async function injectFault({ request, response }: Call, lab: Lab): Promise<void> {
  const fault = await readFault(request);
  if (fault.kind === 'store-down' && !lab.hasStore) {
    throw new HttpProblem('no-store', 'Start a lab whose processes share their state: the deployment "shared".');
  }
  sendJson(response, 202, lab.inject(fault) satisfies FaultAccepted);
}

function exportLog({ request, response, query }: Call, lab: Lab, { publicOrigin }: LabsApiOptions): void {
  const format = query.get('format') ?? 'json';
  if (!isExportFormat(format)) throw new HttpProblem('bad-parameter', `format is ${exportFormats.join(', ')}.`);
  const events = lab.log.read(0).map(({ json }) => JSON.parse(json) as WireEvent);
  const { type, extension, text } = exportWire(format, events, {
    beganAt: lab.beganAt,
    endpoint: `${originOf(request, publicOrigin)}/labs/…/mcp`,
  });
  response.writeHead(200, {
    'Content-Type': type,
    'Content-Disposition': `attachment; filename="lab-${lab.deployment.id}.${extension}"`,
    'Cache-Control': 'no-store',
  });
  response.end(text);
}

const noSuchProcess = (lab: Lab): HttpProblem => {
  const names = lab.processes.map(({ name }) => name).join(', ');
  return new HttpProblem('no-such-process', `The processes of this lab are ${names}.`);
};

async function killProcess({ request, response, parameters }: Call, lab: Lab): Promise<void> {
  const signal = await readSignal(request);
  const process = parameters.name as ProcessName;
  const outcome = lab.kill(process, signal);
  if (outcome === 'unknown') throw noSuchProcess(lab);
  if (outcome === 'dead') throw new HttpProblem('process-is-dead', 'Its successor is on its way.');
  sendJson(response, 202, { process, pid: outcome.pid } satisfies KillAccepted);
}

async function createLab({ request, response }: Call, options: LabsApiOptions): Promise<void> {
  const { labs, trustProxy } = options;
  const wanted = await readWantedLab(request);
  const outcome = await labs.create(wanted, limitKey(clientAddress(request, trustProxy))).catch((error: Error) => {
    options.onStartFailure(error);
    throw new HttpProblem('lab-did-not-start', 'Its processes did not start. Try again.', { 'Retry-After': '5' });
  });
  if ('refused' in outcome) throw refusalProblem(outcome.refused, labs);
  const { lab } = outcome;
  const created: LabCreated = {
    id: lab.id,
    token: lab.issueToken(),
    deployment: wanted.deployment.id,
    endpoint: `${originOf(request, options.publicOrigin)}/labs/${lab.id}/mcp`,
    processes: lab.processes,
    connection: lab.connection,
    expiresAt: lab.expiresAt,
  };
  // Nobody will ever know the token.
  if (response.destroyed) return labs.end(lab, 'deleted');
  response.setHeader('Location', `/api/labs/${lab.id}`);
  sendJson(response, 201, created);
}

/** @throws HttpProblem */
function openLab(lab: Lab | undefined, { request }: Call): Lab {
  if (!lab) throw noSuchLab();
  const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (token === undefined) {
    throw new HttpProblem('token-missing', 'Send Authorization: Bearer with the token that came with the lab.', {
      'WWW-Authenticate': 'Bearer',
    });
  }
  if (!lab.isOpenedBy(token)) {
    throw new HttpProblem('token-wrong', 'A token opens the lab that it came with, and no other.', {
      'WWW-Authenticate': 'Bearer error="invalid_token"',
    });
  }
  return lab;
}

const noSuchLab = (): HttpProblem =>
  new HttpProblem('no-such-lab', 'It never was, or it has ended. Create another with POST /api/labs.');

function originOf({ headers }: IncomingMessage, publicOrigin: string | undefined): string {
  return publicOrigin ?? `http://${headers.host ?? 'localhost'}`;
}

function refusalProblem(refused: Refusal, { limits }: Labs): HttpProblem {
  switch (refused.kind) {
    case 'stopping':
      return new HttpProblem('stopping', 'No new labs are started.', { 'Retry-After': '5' });
    case 'too-many-creations':
      return new HttpProblem(
        'too-many-creations',
        `An address may create ${limits.creationsPerMinute} labs a minute.`,
        {
          'Retry-After': String(Math.max(1, refused.retryAfterSeconds)),
        },
      );
    case 'too-many-here':
      return new HttpProblem(
        'too-many-labs-here',
        `An address may have ${limits.labsPerAddress} labs at once. End one with DELETE.`,
        { 'Retry-After': '5' },
      );
    case 'full':
      return new HttpProblem('labs-full', 'Every lab this server can hold is in use. Try again.', {
        'Retry-After': String(refused.retryAfterSeconds),
      });
  }
}

function deploymentsAnswer(labs: Labs): DeploymentsAnswer {
  const { idleTimeoutMs, maxAgeMs, labsPerAddress, creationsPerMinute, ...limits } = labs.limits;
  const { heapMegabytes, sessionsPerLab, requestsPerSecond } = limits;
  return {
    deployments: deployments.map((deployment) => {
      const backplane = deployment.backplane === 'sqlite' ? labs.store : deployment.backplane;
      return labs.max > 0
        ? { ...deployment, backplane, available: true }
        : { ...deployment, backplane, available: false, reason: 'This server runs no labs: LABS_MAX is 0.' };
    }),
    limits: {
      idleMs: idleTimeoutMs,
      maxAgeMs,
      labsPerAddress,
      creationsPerMinute,
      heapMegabytes,
      sessionsPerLab,
      requestsPerSecond,
    },
    labs: { running: labs.running, max: labs.max },
  };
}
