import { type Agent, request as httpRequest } from 'node:http';
import { type Frame, framesOf } from '../../contract/support/frames.ts';

export interface Sent {
  method: string;
  headers: Record<string, string>;
  body?: string | undefined;
  onFrame?: ((frame: Frame) => void) | undefined;
  /** Breaks it off. */
  signal?: AbortSignal | undefined;
}

/** Nothing here takes as long: it only bounds a failure. */
const mostMs = 90_000;

export interface Outcome {
  began: number;
  /** 0: no answer came. */
  status: number;
  /** `left`: broken off by whoever sent it. `wrong`: it did not end, or was no event stream; `text` says so. */
  end: 'whole' | 'cut' | 'left' | 'wrong';
  session: string;
  process: string;
  /** What was not an event. */
  text: string;
}

/** Sends a request, hands on each event as soon as it is complete, and never throws. */
export function exchange(
  url: string,
  agent: Agent,
  { method, headers, body, onFrame, signal }: Sent,
): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const outcome: Outcome = { began: Date.now(), status: 0, end: 'whole', session: '', process: '', text: '' };
  const length = body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
  const request = httpRequest(url, { method, agent, headers: { ...length, ...headers } });
  // Not as the request's own signal: an answer that ends at this moment would have its error heard by nobody.
  signal?.addEventListener('abort', () => void request.destroy(), { once: true });
  const spoil = (why: string): void => {
    Object.assign(outcome, { end: 'wrong', text: why });
    request.destroy();
  };
  const tooLong = setTimeout(spoil, mostMs, `no end after ${mostMs} ms`);
  const over = (isWhole: boolean): void => {
    clearTimeout(tooLong);
    if (outcome.end !== 'wrong' && !isWhole) outcome.end = signal?.aborted ? 'left' : 'cut';
    resolve(outcome);
  };
  request.on('error', (error) => {
    outcome.text ||= error.message;
    // Of an answer that has begun, its own end tells.
    if (outcome.status === 0) over(false);
  });
  request.on('response', (response) => {
    outcome.status = response.statusCode ?? 0;
    outcome.session = String(response.headers['mcp-session-id'] ?? '');
    outcome.process = String(response.headers['lab-process'] ?? '');
    const isStream = response.headers['content-type'] === 'text/event-stream';
    response.setEncoding('utf8').on('data', (chunk: string) => {
      outcome.text += chunk;
      const end = isStream ? outcome.text.lastIndexOf('\n\n') + 2 : 0;
      if (end < 2) return;
      const complete = outcome.text.slice(0, end);
      outcome.text = outcome.text.slice(end);
      try {
        for (const frame of framesOf(complete)) onFrame?.(frame);
      } catch (error) {
        spoil(String(error));
      }
    });
    response.on('error', () => {});
    response.on('close', () => over(response.complete));
  });
  request.end(body);
  return promise;
}
