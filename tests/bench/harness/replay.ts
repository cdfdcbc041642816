import { createServer, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WireEvent } from '../../../playground-server/lab/wire.ts';

/**
 * Between a page and its server: passes everything on, and can say in the wire log's stream once more what happened
 * before. The page then draws what it would draw, and nothing that caused it runs beside it.
 */
export class Replay implements Disposable {
  readonly #server = createServer();
  #wire: ServerResponse | undefined;
  #lastId = 0;
  #lastAtMs = 0;
  #runs = 0;

  /** @param origin of the real server */
  static async before(origin: string): Promise<Replay> {
    const replay = new Replay();
    replay.#server.on('request', (asked, answer) => {
      const { method, headers, url } = asked;
      const onward = request(origin + url, { ...(method && { method }), headers }, (given) => {
        answer.writeHead(given.statusCode ?? 502, given.headers);
        given.pipe(answer);
        if (/\/wire\b/.test(url ?? '') && given.headers['content-type'] === 'text/event-stream') replay.#wire = answer;
      });
      onward.on('error', () => answer.destroy());
      answer.on('close', () => onward.destroy());
      asked.pipe(onward);
    });
    await new Promise<void>((resolve) => replay.#server.listen(0, '127.0.0.1', resolve));
    return replay;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /**
   * Says these events again, as far apart as they were. The server's own must have ended for good: from now on ids are
   * not its own.
   */
  async say(events: readonly WireEvent[]): Promise<void> {
    const run = ++this.#runs;
    const [first] = events;
    if (!first) return;
    this.#lastId ||= events.at(-1)?.id ?? 0;
    this.#lastAtMs ||= events.at(-1)?.atMs ?? 0;
    const [shift, began] = [this.#lastAtMs + 20 - first.atMs, performance.now()];
    for (const event of events) {
      const lateMs = event.atMs - first.atMs - (performance.now() - began);
      if (lateMs > 5) await sleep(lateMs);
      const again: WireEvent = { ...event, id: ++this.#lastId, atMs: event.atMs + shift };
      if (event.exchange !== undefined) again.exchange = `${event.exchange}.${run}`;
      this.#lastAtMs = again.atMs;
      this.#wire?.write(`id: ${again.id}\ndata: ${JSON.stringify(again)}\n\n`);
    }
  }

  [Symbol.dispose](): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
