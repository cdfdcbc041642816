import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Backplane, memory, type StreamLog } from '../../../playground-server/transport/index.ts';

/** Gives what was true when it was asked, but turns later: as a store on the other side of a network does. */
async function later<T>(value: T | Promise<T>, turns = 3): Promise<T> {
  const answer = structuredClone(await value);
  for (let turn = 0; turn < turns; turn++) await nextTurn();
  return answer;
}

/** The store in memory, answering late: reads later than writes, and writes in any order. `hold` and `release`, and what only advises, stay as they are. */
export function slowMemory(): Backplane {
  const { sessions, logs, claims, messages } = memory();
  let writes = 0;
  const slowLog = (log: StreamLog): StreamLog => ({
    append: (event) => later(log.append(event), 4 - (writes++ % 4)),
    readAfter: (cursor, maxEvents) => later(log.readAfter(cursor, maxEvents), 8),
    unread: () => later(log.unread(), 8),
    takeOver: () => later(log.takeOver()),
    end: () => later(log.end()),
    delivered: () => log.delivered(),
    spareAfter: (cursor, bytes) => log.spareAfter(cursor, bytes),
  });
  return {
    shared: false,
    sessions: {
      create: (record, limits) => later(sessions.create(record, limits)),
      admit: (id, asker) => later(sessions.admit(id, asker)),
      begin: (id, runs, limits) => later(sessions.begin(id, runs, limits)),
      finish: (id, instance, numbers) => later(sessions.finish(id, instance, numbers)),
      keepAnswer: (id, question, json) => later(sessions.keepAnswer(id, question, json)),
      readAnswer: (id, question) => later(sessions.readAnswer(id, question)),
      dropAnswer: (id, question) => later(sessions.dropAnswer(id, question)),
      update: (id, change) => later(sessions.update(id, change)),
      hold: (id) => sessions.hold(id),
      release: (id) => sessions.release(id),
      end: (id, reason) => later(sessions.end(id, reason)),
      sweep: () => later(sessions.sweep()),
    },
    logs: {
      open: (session, stream, bounds, purpose) => slowLog(logs.open(session, stream, bounds, purpose)),
      find: async (session, stream) => {
        const found = await logs.find(session, stream);
        await nextTurn();
        return found.kind === 'kept' ? { kind: 'kept', log: slowLog(found.log) } : found;
      },
      owing: (instance) => later(logs.owing(instance)),
      unfinished: (instance) => later(logs.unfinished(instance)),
      finish: (unfinished, messages) => later(logs.finish(unfinished, messages)),
      drop: (session) => later(logs.drop(session)),
      sweep: () => later(logs.sweep()),
    },
    claims: {
      acquire: (name, ttlMs) => later(claims.acquire(name, ttlMs)),
      renew: (name, fence, ttlMs) => later(claims.renew(name, fence, ttlMs)),
      release: (name, fence) => later(claims.release(name, fence)),
    },
    messages: {
      publish: async (topic, message) => later(messages.publish(topic, message)),
      subscribe: (topic, listener, interrupted) => messages.subscribe(topic, listener, interrupted),
    },
  };
}
