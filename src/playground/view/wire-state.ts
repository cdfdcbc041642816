/** What the page knows of a lab from its wire log, as signals. */

import { batch, computed, signal } from '@preact/signals';
import type { ConnectionMode, WireEvent } from '../../../playground-server/lab/wire.ts';
import { createTally, noTally, type Tally } from '../model/tally.ts';
import { type ListedTool, toolsListedIn } from '../model/tools.ts';
import { append, emptyLog, isFlood, type WireLog } from '../model/wire-log.ts';

/**
 * How far apart the drawings of a flood are. What is new is more than a reader can follow either way, and half of what a
 * drawing costs is the same whether it brings one row or five: the frames between them are left to scrolling and typing.
 */
const floodDrawingMs = 50;

export function createWireState() {
  const log = signal<WireLog>(emptyLog);
  const tally = signal<Tally>(noTally);
  /** As a client was last told, whoever it was. */
  const tools = signal<readonly ListedTool[] | undefined>(undefined);
  const connection = signal<ConnectionMode>('fresh');
  /** When the idle lab ends, unless someone uses it. */
  const idleUntil = signal<string | undefined>(undefined);
  /** Rows up to this event were there before the page looked. */
  const replayedTo = signal(0);
  /** The arrows of rows up to this event do not travel. */
  const stillTo = signal(0);
  let count = createTally();
  let replaying = false;

  const boxes = computed(() => log.value.processes);

  /** Takes events in, all of them at once: one drawing. */
  function receive(events: readonly WireEvent[]): void {
    batch(() => {
      const fresh = events.filter(({ id }) => id > log.value.lastId);
      log.value = append(log.value, events);
      tally.value = count(fresh);
      if (replaying) replayedTo.value = log.value.lastId;
      // In a flood arrows do not travel either: no eye follows them, and each costs every frame of its way.
      if (replaying || isFlood(log.value.events)) stillTo.value = log.value.lastId;
      replaying = false;
      for (const event of fresh) note(event);
    });
  }

  function note(event: WireEvent): void {
    const { body } = event;
    if (body.type === 'lab-idle') idleUntil.value = body.endsAt;
    else if (body.type === 'request-arrived' || body.type === 'lab-ended') idleUntil.value = undefined;
    else if (body.type === 'lab-began' || body.type === 'connection-mode-changed') connection.value = body.connection;
    else if (body.type === 'event-written' || body.type === 'response-sent')
      tools.value = toolsListedIn(event) ?? tools.value;
  }

  // Events arrive in bursts; the figure is drawn once per frame, and less often in a flood.
  let queue: WireEvent[] = [];
  let scheduled = false;
  let drawnAt = 0;
  function flush(): void {
    scheduled = false;
    drawnAt = performance.now();
    const events = queue;
    queue = [];
    receive(events);
  }

  return {
    log,
    tally,
    tools,
    connection,
    boxes,
    idleUntil,
    replayedTo,
    stillTo,
    receive,
    /** Takes events in with the next frame. */
    enqueue: (events: readonly WireEvent[]) => {
      queue.push(...events);
      if (scheduled) return;
      scheduled = true;
      const wait = isFlood(log.value.events) ? drawnAt + floodDrawingMs - performance.now() : 0;
      if (document.visibilityState !== 'visible') setTimeout(flush, 100);
      else if (wait > 0) setTimeout(() => requestAnimationFrame(flush), wait);
      else requestAnimationFrame(flush);
    },
    /** Another log begins. @param replay what comes first happened before the page looked */
    clear: (replay: boolean) => {
      batch(() => {
        queue = [];
        count = createTally();
        replaying = replay;
        log.value = emptyLog;
        tally.value = noTally;
        tools.value = undefined;
        idleUntil.value = undefined;
        replayedTo.value = 0;
        stillTo.value = 0;
      });
    },
  };
}
