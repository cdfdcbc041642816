/** The lessons, as a page lists them: each is loaded when it is chosen, and not before. */

import type { Lesson, LessonTitle } from '../playground/model/lesson.ts';

interface ListedLesson extends LessonTitle {
  load: () => Promise<Lesson>;
}

/** In the order in which they are offered. */
export const lessonTitles: readonly ListedLesson[] = [
  {
    id: 'watch-one-session',
    title: 'Watch one session',
    deployment: 'single',
    load: async () => (await import('./watch-one-session.ts')).watchOneSession,
  },
  {
    id: 'the-other-stream',
    title: 'The other stream',
    deployment: 'single',
    load: async () => (await import('./the-other-stream.ts')).theOtherStream,
  },
  {
    id: 'lose-the-connection',
    title: 'Lose the connection, keep the session',
    deployment: 'single',
    load: async () => (await import('./lose-the-connection.ts')).loseTheConnection,
  },
  {
    id: 'the-server-asks-back',
    title: 'The server asks back',
    deployment: 'single',
    load: async () => (await import('./the-server-asks-back.ts')).theServerAsksBack,
  },
  {
    id: 'fork-and-watch-it-break',
    title: 'Fork it and watch it break',
    deployment: 'forked',
    load: async () => (await import('./fork-and-watch-it-break.ts')).forkAndWatchItBreak,
  },
  {
    id: 'the-hash-trap',
    title: 'The hash trap',
    deployment: 'hashed',
    load: async () => (await import('./the-hash-trap.ts')).theHashTrap,
  },
  {
    id: 'sticky-then-kill',
    title: 'Sticky, then kill',
    deployment: 'sticky',
    load: async () => (await import('./sticky-then-kill.ts')).stickyThenKill,
  },
  {
    id: 'share-the-state',
    title: 'Share the state',
    deployment: 'shared',
    load: async () => (await import('./share-the-state.ts')).shareTheState,
  },
  {
    id: 'no-session-at-all',
    title: 'No session at all',
    deployment: 'forked',
    era: 'modern',
    load: async () => (await import('./no-session-at-all.ts')).noSessionAtAll,
  },
  {
    id: 'what-modern-leaves',
    title: 'What the modern era still leaves',
    deployment: 'forked',
    era: 'modern',
    load: async () => (await import('./what-modern-leaves.ts')).whatModernLeaves,
  },
  {
    id: 'a-bus-and-a-key',
    title: 'A bus and a key',
    deployment: 'shared',
    era: 'modern',
    load: async () => (await import('./a-bus-and-a-key.ts')).aBusAndAKey,
  },
  {
    id: 'a-proxy-in-the-way',
    title: 'A proxy in the way',
    deployment: 'single',
    load: async () => (await import('./a-proxy-in-the-way.ts')).aProxyInTheWay,
  },
];

/** @returns `undefined` when there is no such lesson, or it cannot be had now */
export async function loadLesson(id: string): Promise<Lesson | undefined> {
  try {
    return await lessonTitles.find((listed) => listed.id === id)?.load();
  } catch {
    return undefined;
  }
}
