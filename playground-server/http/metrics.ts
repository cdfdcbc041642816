/** What the server counts, declared once, in Prometheus terms. */

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Labs, LabsEvent } from '../lab/labs.ts';
import type { ConfiguredStore } from './configured-store.ts';

/** Named after the route, never after the path, which may hold a lab's id. */
export interface AnsweredRequest {
  route: string;
  method: string;
  status: number;
  seconds: number;
}

export interface Metrics {
  registry: Registry;
  onRequest(request: AnsweredRequest): void;
  onLabsEvent(event: LabsEvent): void;
}

export function createMetrics(labs: () => Labs, store?: ConfiguredStore): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: 'lab_http_request_duration_seconds',
    help: 'Time from the head of a request to the end of its answer. Event streams count for as long as they are open.',
    labelNames: ['route', 'method', 'status'],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60, 600],
    registers,
  });
  const starts = new Histogram({
    name: 'lab_start_duration_seconds',
    help: 'Time a lab takes until all its processes listen.',
    labelNames: ['deployment'],
    buckets: [0.1, 0.2, 0.5, 1, 2, 5, 10],
    registers,
  });
  const ends = new Counter({
    name: 'lab_ended_total',
    help: 'Labs that ended, by reason.',
    labelNames: ['deployment', 'reason'],
    registers,
  });
  const crashes = new Counter({
    name: 'lab_worker_crashes_total',
    help: 'Worker processes that died without being told to.',
    registers,
  });
  const gauge = (name: string, help: string, read: () => number): Gauge =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  gauge('lab_running', 'Labs that have processes now.', () => labs().running);
  gauge('lab_max', 'Labs that may run at once.', () => labs().max);
  gauge('lab_wire_log_events', 'Events kept in the wire logs of all labs.', () => labs().wireLogs.events);
  gauge('lab_wire_log_bytes', 'Size of the wire logs of all labs.', () => labs().wireLogs.bytes);
  if (store) {
    new Gauge({
      name: 'lab_store_reachable',
      help: '1 while the configured Redis answers, 0 while it does not.',
      registers,
      async collect() {
        this.set((await store.isReachable()) ? 1 : 0);
      },
    });
  }

  return {
    registry,
    onRequest: ({ route, method, status, seconds }) => requests.observe({ route, method, status }, seconds),
    onLabsEvent(event) {
      switch (event.type) {
        case 'lab-began':
          return starts.observe({ deployment: event.deployment }, event.tookMs / 1000);
        case 'lab-ended':
          return ends.inc({ deployment: event.deployment, reason: event.reason });
        case 'worker-crashed':
          return crashes.inc();
      }
    },
  };
}
