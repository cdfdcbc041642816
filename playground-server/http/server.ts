/** The outer server: the site, the labs API, `/mcp` and health on one port, and an end in order. */

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { defaultLabLimits, type LabLimits } from '../lab/lab-limits.ts';
import { Labs, type LabsEvent } from '../lab/labs.ts';
import { type AlwaysOn, alwaysOn } from './always-on.ts';
import { openConfiguredStore } from './configured-store.ts';
import { Dispatcher } from './dispatcher.ts';
import { healthRoutes } from './health.ts';
import { allowedSources } from './hosts.ts';
import { labsRoutes } from './labs-api.ts';
import { listen } from './listen.ts';
import { createMetrics } from './metrics.ts';
import { serveMetrics } from './metrics-server.ts';
import { siteHandler } from './site.ts';

export interface ServerOptions {
  config: Config;
  log: Logger;
  /** The built site. */
  siteFolder: string;
  /** Over what the configuration says; tests use short times. */
  labLimits?: Partial<LabLimits>;
  /** The module of a worker process. */
  worker?: URL;
  /** How long `stop` waits for requests that are under way. */
  drainMs?: number;
}

export interface PlaygroundServer {
  port: number;
  /** Where metrics are served, when they are. */
  metricsPort: number | undefined;
  /** Ends the labs in order, lets requests finish, then closes. No process of a lab is left when it resolves. */
  stop(): Promise<void>;
}

/** @throws ListenError when the port cannot be had */
export async function startServer(options: ServerOptions): Promise<PlaygroundServer> {
  // With the 2 s that a lab may take to stop, ten in all.
  const { config, log, drainMs = 8000 } = options;
  const site = siteHandler(options.siteFolder);
  if (!site) log.warn('The site is not built: only the API and /mcp are served. Run npm run build.');
  let draining = false;

  const sources = allowedSources(config);
  const store = await openConfiguredStore(config.redisUrl);
  const metrics = createMetrics(() => labs, store);
  const labs = new Labs({
    maxLabs: config.labsMax,
    limits: {
      ...defaultLabLimits,
      idleTimeoutMs: config.labIdleTimeoutMs,
      // Of a short time a fifth is warning enough.
      idleWarningMs: Math.min(defaultLabLimits.idleWarningMs, config.labIdleTimeoutMs / 5),
      maxAgeMs: config.labMaxAgeMs,
      labsPerAddress: config.labsPerAddress,
      creationsPerMinute: config.labCreationsPerMinute,
      ...options.labLimits,
    },
    worker: options.worker ?? new URL('../lab/worker.ts', import.meta.url),
    ...sources,
    redisUrl: config.redisUrl,
    onEvent(event) {
      metrics.onLabsEvent(event);
      logLabsEvent(log, event);
    },
  });
  const mcp = alwaysOn(sources);
  const routes = [
    ...mcp.routes,
    ...labsRoutes({
      labs,
      sources,
      publicOrigin: config.publicOrigin,
      trustProxy: config.trustProxy,
      onStartFailure: (error) => log.error({ reason: error.message }, 'a lab did not start'),
    }),
    ...healthRoutes(() => draining, store),
  ];

  const dispatcher = new Dispatcher({ routes, site, metrics, log });
  const server = createServer(
    {
      // Node's 5 s break connections that a proxy believes to be kept.
      keepAliveTimeout: 75_000,
      // These bound the arrival of a request, not its answer: event streams may stay.
      headersTimeout: 20_000,
      requestTimeout: 60_000,
    },
    (request, response) => void dispatcher.dispatch(request, response),
  );
  let port: number;
  let metricsServer: Awaited<ReturnType<typeof serveMetrics>>;
  try {
    port = await listen(server, config.port, config.host, 'PORT');
    metricsServer = await serveMetrics(config, metrics.registry);
  } catch (error) {
    server.close();
    await mcp.close();
    store?.close();
    throw error;
  }

  let stopped: Promise<void> | undefined;
  return {
    port,
    metricsPort: metricsServer?.port,
    stop() {
      draining = true;
      stopped ??= stop({ server, dispatcher, labs, mcp, drainMs }).finally(() => {
        metricsServer?.server.close();
        store?.close();
      });
      return stopped;
    },
  };
}

interface Running {
  server: Server;
  dispatcher: Dispatcher;
  labs: Labs;
  mcp: AlwaysOn;
  drainMs: number;
}

async function stop({ server, dispatcher, labs, mcp, drainMs }: Running): Promise<void> {
  labs.refuseMore();
  // The port stays open meanwhile, so that whoever asks `readyz` hears that it drains.
  const { promise: timeUp, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, drainMs);
  await Promise.race([dispatcher.answered(), timeUp]);
  clearTimeout(timer);
  await Promise.all([labs.stop(), mcp.close()]);
  // What the streams still hold, such as the news that a lab ended, leaves before their connections go.
  server.close();
  await Promise.race([once(server, 'close'), delay(1000, undefined, { ref: false })]);
  server.closeAllConnections();
}

function logLabsEvent(log: Logger, event: LabsEvent): void {
  const { type, ...rest } = event;
  if (type === 'worker-crashed') log.warn(rest, 'worker crashed');
  else log.info(rest, type);
}
