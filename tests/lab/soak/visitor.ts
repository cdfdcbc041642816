import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../contract/support/torture/random.ts';
import { actions } from './actions.ts';
import { Client, latest } from './client.ts';
import type { SoakLab } from './soak-lab.ts';

const capabilities = { roots: {}, sampling: {}, elicitation: {} };
const clientInfo = { name: 'soak', version: '1' };
const initialize = {
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: { protocolVersion: latest, capabilities, clientInfo },
};

const pause = (random: Random) => sleep(200 + random.below(600));

/** One session after the other, until `isOver`. */
export async function visit(lab: SoakLab, random: Random, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    using client = new Client(lab);
    if (await open(client)) await stay(client, random, isOver);
    await pause(random);
  }
}

async function open(client: Client): Promise<boolean> {
  const { lab } = client;
  const { status, session, process } = await client.ask({ method: 'POST', body: JSON.stringify(initialize) }, 200);
  if (status !== 200) return false;
  lab.tally.happened('initialize');
  if (session !== '') {
    client.session = { id: session, openedAt: Date.now(), owner: process, isExpired: false };
    lab.sessions.add(client.session);
  } else if (!lab.isStateless) client.fault('there is no session');
  await client.tell({ method: 'notifications/initialized' });
  return true;
}

async function stay(client: Client, random: Random, isOver: () => boolean): Promise<void> {
  const names = Object.keys(actions);
  for (let left = 3 + random.below(10); left > 0 && !isOver(); left--) {
    const name = random.of(names);
    await actions[name]?.(client, random);
    client.lab.tally.happened(name);
    // Of a session that is nowhere nothing more can be had.
    if (client.session?.isExpired) break;
    await pause(random);
  }
  await end(client, random);
}

async function end(client: Client, random: Random): Promise<void> {
  const { lab, session } = client;
  if (!session) return void (await client.ask({ method: 'DELETE' }, 405));
  lab.sessions.delete(session);
  if (session.isExpired) return;
  const forgets = random.next() < 0.05;
  // Where processes do not share, the one that has it is not found at once, or never; and a store may be out of reach.
  const tries = lab.isForgetful || lab.isShared ? 8 : 1;
  for (let tried = 0; tried < tries && !forgets; tried++) {
    const { status } = await client.ask({ method: 'DELETE' }, 200);
    if (status === 200) return lab.tally.happened('DELETE');
  }
  await lab.leave(session);
}
