/** What is done to a lab while it is used. Each of them is over when its promise resolves. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../contract/support/torture/random.ts';
import { until } from '../../setup/until.ts';
import { readWire } from '../local-server.ts';
import { killed, type SoakLab } from './soak-lab.ts';

type Mischief = (lab: SoakLab, random: Random) => Promise<unknown>;

const inject = (lab: SoakLab, fault: object) => lab.act('/faults', fault, 202);

const delay: Mischief = async (lab) => {
  await inject(lab, { kind: 'delay', ms: 50 });
  await sleep(1_000);
  await inject(lab, { kind: 'delay', ms: 0 });
};

/** Less than a question has: what is held back for good can be answered by nobody. */
const buffer: Mischief = async (lab) => {
  await inject(lab, { kind: 'buffer', bytes: 200 });
  await sleep(1_000);
  await inject(lab, { kind: 'buffer', bytes: 0 });
};

const cutIdle: Mischief = async (lab) => {
  const over = lab.disturbances.begin('cut-idle');
  await inject(lab, { kind: 'cut-idle', ms: 300 });
  await sleep(1_000);
  await inject(lab, { kind: 'cut-idle', ms: 0 });
  over();
};

const dropConnection: Mischief = async (lab, random) => {
  const over = lab.disturbances.begin('drop-connection');
  await inject(lab, { kind: 'drop-connection', stream: String(random.below(6)) });
  over();
};

const expireSession: Mischief = async (lab, random) => {
  const [session] = [...lab.sessions].filter(({ isExpired }) => !isExpired && random.next() < 0.5);
  if (session) await lab.expire(session);
};

const storeDown: Mischief = async (lab) => {
  const { lastId } = await lab.poll();
  const over = lab.disturbances.begin('store-down');
  await inject(lab, { kind: 'store-down', ms: 1_000 });
  await sleep(1_000);
  await until('the store to be back', async () => {
    const { events } = await lab.poll(lastId);
    return events.some(({ body }) => body.type === 'store-restored');
  });
  over();
};

const emit: Mischief = async (lab, random) => {
  const { processes } = lab.created;
  // A process that was killed a moment ago is answered for with 409.
  const path = `/processes/${random.of(processes).name}/emit`;
  await lab.act(path, { notification: 'notifications/tools/list_changed' }, 202, 409);
};

const kill: Mischief = async (lab, random) => {
  const pidNow = async () => {
    const process = (await lab.state()).processes.find(({ name }) => name === killed);
    return process?.alive && process.pid;
  };
  const before = await until(`${killed} to be there`, pidNow);
  const over = lab.disturbances.begin('kill');
  await lab.act(`/processes/${killed}/kill`, { signal: random.of(['SIGKILL', 'SIGTERM']) }, 202);
  await until('its successor', async () => {
    const pid = await pidNow();
    return pid && pid !== before;
  });
  over();
};

const connection: Mischief = (lab, random) => lab.act('', { connection: random.of(['fresh', 'kept']) }, 200);

const reader: Mischief = async (lab) => {
  await using wire = await readWire(lab);
  await sleep(1_000);
  const jumps = wire.events.filter(({ id, body }, index) => {
    return body.type !== 'log-gap' && id !== (wire.events[index - 1]?.id ?? id - 1) + 1;
  });
  if (jumps.length > 0) lab.tally.fault(`${lab.plan.name}: the wire jumps to ${jumps.map(({ id }) => id)}`);
};

const poll: Mischief = async (lab) => {
  const { lastId } = await lab.poll();
  await lab.poll(lastId, 500);
};

const exported: Mischief = async (lab, random) => {
  const response = await lab.api(`/export?format=${random.of(['json', 'har', 'md'])}`);
  const { length } = await response.text();
  if (response.status !== 200 || length === 0) lab.tally.fault(`${lab.plan.name}: export: ${response.status}`);
};

const forAll: Record<string, Mischief> = {
  delay,
  buffer,
  'cut-idle': cutIdle,
  'drop-connection': dropConnection,
  'expire-session': expireSession,
  emit,
  connection,
  reader,
  poll,
  export: exported,
};

export const mischiefs: readonly string[] = [...Object.keys(forAll), 'store-down', 'kill'];

/** One after the other, each of them in its turn, until `isOver`. */
export async function disturb(lab: SoakLab, random: Random, everyMs: number, isOver: () => boolean): Promise<void> {
  const kinds = { ...forAll, ...(lab.isShared && { 'store-down': storeDown }), ...(lab.pids.length > 1 && { kill }) };
  const turns = Object.entries(kinds);
  for (let turn = random.below(turns.length); !isOver(); turn++) {
    const [name, mischief] = turns[turn % turns.length] as [string, Mischief];
    await mischief(lab, random);
    lab.tally.happened(name);
    await sleep(everyMs * (0.4 + 0.6 * random.next()));
  }
}
