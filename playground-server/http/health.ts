/** Whether the server lives, and whether it should be sent work. */

import packageJson from '../../package.json' with { type: 'json' };
import type { ConfiguredStore } from './configured-store.ts';
import { sendJson } from './json.ts';
import type { Route } from './routes.ts';

export const version: string = packageJson.version;

export interface HealthAnswer {
  /** `store-unreachable`: the configured Redis does not answer. */
  status: 'ok' | 'draining' | 'store-unreachable';
  version: string;
  uptimeSeconds: number;
}

export function healthRoutes(isDraining: () => boolean, store?: ConfiguredStore): Route[] {
  const answer = (status: HealthAnswer['status']): HealthAnswer => ({
    status,
    version,
    uptimeSeconds: Math.round(process.uptime()),
  });
  return [
    { pattern: '/healthz', handlers: { GET: ({ response }) => sendJson(response, 200, answer('ok')) } },
    {
      pattern: '/readyz',
      handlers: {
        GET: async ({ response }) => {
          if (isDraining()) return sendJson(response, 503, answer('draining'));
          if (store && !(await store.isReachable())) return sendJson(response, 503, answer('store-unreachable'));
          sendJson(response, 200, answer('ok'));
        },
      },
    },
  ];
}
