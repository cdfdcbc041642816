/** What a reader has chosen, as the page's address keeps it: `?lesson=…&deployment=…&era=…&connection=…`. */

import { type DeploymentId, deployments } from '../../../playground-server/lab/deployments.ts';
import type { ConnectionMode } from '../../../playground-server/lab/wire.ts';
import type { Era, LessonTitle } from './lesson.ts';

export interface Choice {
  lesson: LessonTitle | undefined;
  deployment: DeploymentId;
  era: Era;
  connection: ConnectionMode;
}

export const firstDeployment: DeploymentId = deployments[0].id;

/** The choice that an address stands for. What it does not name, or names and nobody knows, is as it is at first. */
export function readAddress(search: string, lessons: readonly LessonTitle[]): Choice {
  const query = new URLSearchParams(search);
  const lesson = lessons.find(({ id }) => id === query.get('lesson'));
  const known = deployments.find(({ id }) => id === query.get('deployment'));
  return {
    lesson,
    deployment: known?.id ?? lesson?.deployment ?? firstDeployment,
    era: eraNamed(query.get('era')) ?? lesson?.era ?? 'handshake',
    connection: query.get('connection') === 'kept' ? 'kept' : 'fresh',
  };
}

/** What belongs after the `?`, with what is as at first left out. Other parameters of `search` stay. */
export function writeAddress({ lesson, deployment, era, connection }: Choice, search = ''): string {
  const query = new URLSearchParams(search);
  const set = (name: string, value: string | undefined): void => {
    if (value === undefined) query.delete(name);
    else query.set(name, value);
  };
  set('lesson', lesson?.id);
  set('deployment', deployment === (lesson?.deployment ?? firstDeployment) ? undefined : deployment);
  set('era', era === (lesson?.era ?? 'handshake') ? undefined : era);
  set('connection', connection === 'fresh' ? undefined : connection);
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

function eraNamed(name: string | null): Era | undefined {
  return name === 'modern' || name === 'handshake' ? name : undefined;
}
