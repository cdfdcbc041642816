import type {
  Backplane,
  FoundLog,
} from '../../../playground-server/transport/index.ts';

type Report = (asked: string, ms: number, failed: boolean) => void;

/** Any store, and how long it took for each of its answers. */
export function timed(store: Backplane, report: Report): Backplane {
  const part = <T extends object>(name: string, of: T): T =>
    new Proxy(of, {
      get(target, key) {
        const method = Reflect.get(target, key);
        if (typeof method !== 'function') return method;
        return (...args: unknown[]) => {
          const asked = `${name}.${String(key)}`;
          return clocked(asked, () => method.apply(target, args));
        };
      },
    });

  const clocked = (asked: string, ask: () => unknown): unknown => {
    const from = performance.now();
    const done = (failed: boolean) =>
      report(asked, performance.now() - from, failed);
    let answer: unknown;
    try {
      answer = ask();
    } catch (error) {
      done(true);
      throw error;
    }
    if (answer instanceof Promise) {
      answer.then(() => done(false), () => done(true));
      return asked === 'logs.find' ? answer.then(found) : answer;
    }
    done(false);
    // What it answers may be a log, which is asked in its turn.
    if (asked === 'logs.open') return part('log', answer as object);
    return asked === 'logs.find' ? found(answer as FoundLog) : answer;
  };

  const found = (answer: FoundLog): FoundLog =>
    answer.kind === 'kept'
      ? { kind: 'kept', log: part('log', answer.log) }
      : answer;

  return {
    shared: store.shared,
    sessions: part('sessions', store.sessions),
    logs: part('logs', store.logs),
    claims: part('claims', store.claims),
    messages: part('messages', store.messages),
  };
}
