/** The servers of the measures of speed. */

import { join } from 'node:path';
import type { FloorOptions } from '../children/floor.ts';
import type { OursOptions } from '../children/ours.ts';
import { type Answer, ask, type Check, isCallAnswer, isOpening, sessionOf } from './answer.ts';
import type { Plan } from './plan.ts';
import { callIn, initialize } from './requests.ts';
import { type BenchServer, startServer } from './server.ts';
import type { Contender, Ready } from './throughput.ts';

export const names = {
  ours: 'this transport',
  'sdk-1': 'SDK 1.32.2',
  'sdk-2': 'SDK 2.4.0',
} as const;

/** Opens a session, and says what a call in it looks like. */
export async function openSession({ port }: Pick<BenchServer, 'port'>): Promise<string> {
  const answer = await ask(port, initialize);
  isOpening(answer, undefined);
  return sessionOf(answer) as string;
}

const alone = (server: BenchServer, request: string): Ready => ({
  servers: [server],
  request,
  [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
});

/** The request that is loaded: in a session of the server, unless it is given. */
const requestFor = async (server: BenchServer, request?: string) => request ?? callIn(await openSession(server));

export function ours(
  options: OursOptions,
  { request, check = isCallAnswer, plan, name }: { request?: string; check?: Check; plan: Plan; name: string },
): Contender {
  let starts = 0;
  return {
    key: 'ours',
    label: names.ours,
    role: 'ours',
    check,
    start: async () => {
      const profileTo = plan.profiles && join(plan.profiles, `${name}-${++starts}.cpuprofile`);
      const server = await startServer('ours', options, { profileTo });
      return alone(server, await requestFor(server, request));
    },
  };
}

export function peer(
  program: 'sdk-1' | 'sdk-2',
  options: object,
  { request, check = isCallAnswer }: { request?: string; check?: Check } = {},
): Contender {
  return {
    key: program,
    label: names[program],
    role: 'peer',
    check,
    start: async () => {
      const server = await startServer(program, options);
      return alone(server, await requestFor(server, request));
    },
  };
}

/**
 * The floor below a server of ours: that one is asked once, and the floor repeats what it answered, byte for byte.
 */
export function floorOf(
  under: OursOptions,
  {
    request,
    check = isCallAnswer,
    program = 'floor',
    label = 'bare node:http',
    together,
  }: { request?: string; check?: Check; program?: 'floor' | 'floor-fetch'; label?: string; together?: true } = {},
): Contender {
  return {
    key: together ? 'floor-together' : 'floor',
    label,
    role: 'floor',
    check,
    start: async () => {
      await using server = await startServer('ours', under);
      const asked = await requestFor(server, request);
      const answer = await ask(server.port, asked);
      check(answer, undefined);
      return alone(await startServer(program, { ...repeating(answer), ...(together && { together }) }), asked);
    },
  };
}

const repeating = ({ headers, body }: Answer): FloorOptions => {
  if ('transfer-encoding' in headers) throw new Error('The floor repeats answers that are written in one piece');
  return { headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) }, body };
};
