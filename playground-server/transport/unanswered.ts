import { attempt } from './awaitable.ts';
import type { LogStore, StreamLog, UnfinishedStream } from './backplane/backplane.ts';
import type { JsonRpcRequest, JsonRpcResponse, RequestId } from './json-rpc.ts';

const readAtOnce = 64;

/** Of the requests that a stream is for, those that its log holds no response to: of a batch some are answered before others. */
export function unanswered(
  logs: LogStore,
  { session, stream, requests }: UnfinishedStream,
  done: (unanswered: readonly RequestId[]) => void,
  failed: (error: unknown) => void,
): void {
  if (requests.length === 1) return done(requests);
  const open = new Set(requests);
  const read = (log: StreamLog, cursor: number): void =>
    attempt(
      () => log.readAfter(cursor, readAtOnce),
      ({ events }) => {
        for (const { json } of events) {
          const message = JSON.parse(json) as JsonRpcResponse | JsonRpcRequest;
          if (!('method' in message) && message.id !== undefined) open.delete(message.id);
        }
        const last = events.at(-1);
        if (last) read(log, last.number);
        else done([...open]);
      },
      failed,
    );
  attempt(
    () => logs.find(session, stream),
    (found) => (found.kind === 'kept' ? read(found.log, 0) : done([])),
    failed,
  );
}
