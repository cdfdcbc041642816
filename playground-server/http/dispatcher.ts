/** Takes every request to its handler, and answers for the ones that fail. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { Metrics } from './metrics.ts';
import { HttpProblem, sendProblem } from './problem.ts';
import { chooseHandler, matchRoute, type Route } from './routes.ts';
import { apiPolicy, securityHeaders } from './security-headers.ts';
import type { SiteHandler } from './site.ts';

export interface DispatcherOptions {
  routes: readonly Route[];
  /** Takes what no route fits; `undefined` when there is no site. */
  site: SiteHandler | undefined;
  metrics: Metrics;
  log: Logger;
}

/** A transport answers these, and its answers are left as it made them: readers are shown exactly these bytes. */
const transportPatterns: readonly string[] = ['/mcp', '/labs/:id/mcp'];

/** A GET here opens a stream that ends when somebody ends it. */
const endlessPatterns: readonly string[] = [...transportPatterns, '/api/labs/:id/wire'];

export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #waiting: (() => void)[] = [];
  #underWay = 0;

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  async dispatch(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const beganMs = performance.now();
    const { method = '', url = '' } = request;
    const path = /^[^?]*/.exec(url)?.[0] ?? '';
    const match = matchRoute(this.#options.routes, path);
    const route = match?.route.pattern ?? 'site';
    const isEndless = method === 'GET' && endlessPatterns.includes(route);
    if (!isEndless) this.#underWay++;
    // A connection that breaks while we write is nobody's error; `close` follows.
    response.on('error', () => {});
    response.once('close', () => {
      if (!isEndless) this.#onAnswered();
      const seconds = (performance.now() - beganMs) / 1000;
      const status = response.statusCode;
      this.#options.metrics.onRequest({ route, method, status, seconds });
      this.#options.log.debug({ route, method, status, ms: Math.round(seconds * 1000) }, 'answered');
    });
    try {
      if (!path.startsWith('/')) throw new HttpProblem('bad-target', 'Send a path that begins with /.');
      if (!transportPatterns.includes(route)) setSecurityHeaders(response);
      if (!match) {
        if (!this.#options.site || isApiPath(path))
          throw new HttpProblem('not-found', 'There is nothing at this address.');
        return this.#options.site(request, response, path);
      }
      const handler = chooseHandler(match.route, method);
      if ('allow' in handler) {
        throw new HttpProblem('method-not-allowed', `Send one of ${handler.allow}.`, { Allow: handler.allow });
      }
      const query = new URLSearchParams(url.slice(path.length));
      await handler({ request, response, path, query, parameters: match.parameters });
    } catch (error) {
      if (error instanceof HttpProblem) return sendProblem(response, error);
      // Not the path and not the headers: they may hold what opens a lab or a session.
      this.#options.log.error({ route, method, error: (error as Error).stack }, 'a request failed');
      sendProblem(response, new HttpProblem('internal-error', 'It was logged. Try again.'));
    }
  }

  /** Resolves once no request is under way that ends by itself: open event streams are not waited for. */
  answered(): Promise<void> {
    if (this.#underWay === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #onAnswered(): void {
    this.#underWay--;
    if (this.#underWay === 0) for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** A program asks there, to which a page says nothing. */
const isApiPath = (path: string): boolean => /^\/(?:api|labs)(?:\/|$)/.test(path);

function setSecurityHeaders(response: ServerResponse): void {
  for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
  response.setHeader('Content-Security-Policy', apiPolicy);
}
