/** Whether the server lives, and whether it should be sent work. */

import packageJson from '../../package.json' with { type: 'json' };
import { sendJson } from './json.ts';
import type { Route } from './routes.ts';

export const version: string = packageJson.version;

export interface HealthAnswer {
  status: 'ok' | 'draining';
  version: string;
  uptimeSeconds: number;
}

export function healthRoutes(isDraining: () => boolean): Route[] {
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
        GET: ({ response }) =>
          isDraining() ? sendJson(response, 503, answer('draining')) : sendJson(response, 200, answer('ok')),
      },
    },
  ];
}
