/** A table of routes, and the choice of one: exact segments and named ones, nothing more. */

import type { IncomingMessage, ServerResponse } from 'node:http';

/** One request on its way to a handler. */
export interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Without the query; as it was sent, not decoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** The path's named segments. */
  readonly parameters: Readonly<Record<string, string>>;
}

export type Handler = (call: Call) => void | Promise<void>;

export interface Route {
  /** `/api/labs/:id`: a segment with a colon is named. This text also names the route in logs and metrics. */
  readonly pattern: string;
  /** By method; `ANY` takes whatever has no handler of its own. HEAD is answered as GET, without its body. */
  readonly handlers: Readonly<Partial<Record<'GET' | 'POST' | 'PATCH' | 'DELETE' | 'ANY', Handler>>>;
}

export interface Match {
  readonly route: Route;
  readonly parameters: Record<string, string>;
}

/** The first route that fits the path. */
export function matchRoute(routes: readonly Route[], path: string): Match | undefined {
  const segments = path.split('/');
  for (const route of routes) {
    const parameters = matchSegments(route.pattern.split('/'), segments);
    if (parameters) return { route, parameters };
  }
  return undefined;
}

/** The handler for a method, or the methods that have one. */
export function chooseHandler({ handlers }: Route, method: string): Handler | { allow: string } {
  const name = method === 'HEAD' ? 'GET' : method;
  const handler = handlers[name as keyof typeof handlers] ?? handlers.ANY;
  if (handler && name !== 'ANY') return handler;
  const methods = Object.keys(handlers);
  return { allow: (methods.includes('GET') ? [...methods, 'HEAD'] : methods).join(', ') };
}

function matchSegments(pattern: readonly string[], path: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== path.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [i, wanted] of pattern.entries()) {
    const given = path[i] as string;
    if (wanted.startsWith(':') && given !== '') parameters[wanted.slice(1)] = given;
    else if (wanted !== given) return undefined;
  }
  return parameters;
}
