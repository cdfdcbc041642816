/** Metrics have a port of their own, so that they are never public by accident. */

import { createServer, type Server } from 'node:http';
import type { Registry } from 'prom-client';
import type { Config } from '../config.ts';
import { listen } from './listen.ts';
import { HttpProblem, sendProblem } from './problem.ts';

/**
 * Serves `/metrics` when METRICS_PORT is set.
 * @throws ListenError
 */
export async function serveMetrics(
  { metricsPort, host }: Pick<Config, 'metricsPort' | 'host'>,
  registry: Registry,
): Promise<{ server: Server; port: number } | undefined> {
  if (metricsPort === undefined) return undefined;
  const server = createServer((request, response) => {
    if (request.url !== '/metrics') {
      return sendProblem(response, new HttpProblem('not-found', 'Metrics are at /metrics.'));
    }
    registry.metrics().then(
      (text) => response.writeHead(200, { 'Content-Type': registry.contentType }).end(text),
      () => sendProblem(response, new HttpProblem('internal-error', 'The metrics could not be read.')),
    );
  });
  return { server, port: await listen(server, metricsPort, host, 'METRICS_PORT') };
}
