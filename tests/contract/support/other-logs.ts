import type { Backplane, StreamLog } from '../../../playground-server/transport/index.ts';

/** The same store, whose logs answer with these functions instead of their own, whenever there are any. */
export function otherLogs(backplane: Backplane, instead: (log: StreamLog) => Partial<StreamLog>): Backplane {
  const { logs } = backplane;
  const { open, find } = logs;
  const other = (log: StreamLog): StreamLog =>
    new Proxy(log, {
      get: (target, name: keyof StreamLog) => (instead(target)[name] ?? target[name]).bind(target),
    });
  logs.open = (...given) => other(open.apply(logs, given));
  logs.find = async (...given) => {
    const found = await find.apply(logs, given);
    return found.kind === 'kept' ? { ...found, log: other(found.log) } : found;
  };
  return backplane;
}
