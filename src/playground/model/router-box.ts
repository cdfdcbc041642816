/** What stands between the client and several processes, derived from the wire log alone: the head of its lifeline. */

import { deployments } from '../../../playground-server/lab/deployments.ts';
import type { ConnectionMode, WireEvent } from '../../../playground-server/lab/wire.ts';

export interface RouterBox {
  deployment: string;
  /** How many processes there are to choose from. With one there is no choice, and no lifeline for it. */
  processes: number;
  connection: ConnectionMode;
}

/** The router after one more event; `undefined` while no lab has begun. */
function reduceRouter(box: RouterBox | undefined, { body }: WireEvent): RouterBox | undefined {
  if (body.type === 'lab-began') {
    return { deployment: body.deployment, processes: body.processes, connection: body.connection };
  }
  if (body.type === 'connection-mode-changed' && box) return { ...box, connection: body.connection };
  return box;
}

/** The router after all these events. */
export function routerAfter(before: RouterBox | undefined, events: readonly WireEvent[]): RouterBox | undefined {
  return events.reduce(reduceRouter, before);
}

/** The router of a lab that has not begun, so that its figure can stand ready. `undefined`: no such deployment. */
export function routerOf(deployment: string): RouterBox | undefined {
  const known = deployments.find(({ id }) => id === deployment);
  return known && { deployment, processes: known.processes, connection: 'fresh' };
}

/** Whether its processes share their sessions. */
export function sharesState(box: RouterBox | undefined): boolean {
  return deployments.find(({ id }) => id === box?.deployment)?.backplane === 'sqlite';
}

/** How it chooses, in words: `round robin`. */
export function policyInWords({ deployment }: RouterBox): string {
  const policy = deployments.find(({ id }) => id === deployment)?.router ?? '';
  return policy.replaceAll('-', ' ');
}
