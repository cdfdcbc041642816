import { InstanceBus } from './bus.ts';
import { Connections } from './connections.ts';
import { InFlight } from './in-flight.ts';
import { Instances } from './instances.ts';
import type { Options } from './options.ts';
import { randomId } from './random-id.ts';
import { type StandingHeaders, standingHeaders } from './reply.ts';
import { Runs } from './runs.ts';
import { errorText, type Trace, type TraceChannel } from './trace.ts';

/** What all parts of one transport share. */
export class Core {
  readonly options: Options;
  readonly headers: StandingHeaders;
  /** Every open event-stream connection of this instance. */
  readonly connections: Connections;
  /** The requests that are running, of both eras. */
  readonly inFlight = new InFlight();
  readonly bus: InstanceBus;
  /** `undefined`: the backplane is this instance's own. */
  readonly instances: Instances | undefined;
  /** What runs in sessions that other instances share; `undefined`: none do. */
  readonly runs: Runs | undefined;
  traceChannel: TraceChannel | undefined;
  /** `close()` was called: nothing new begins (rule X1). */
  closing = false;
  readonly #given: Trace | null;

  constructor(options: Options) {
    const { instanceHeader, instanceName, keepAliveMs, backplane } = options;
    this.options = options;
    this.#given = options.trace && sheltered(options.trace);
    this.headers = standingHeaders(instanceHeader && instanceName ? { [instanceHeader]: instanceName } : {});
    this.connections = new Connections(keepAliveMs);
    const failedAt = (method: string) => (error: unknown) => {
      this.trace?.({ type: 'handler-failed', method, error: errorText(error) }, {});
    };
    const bootId = randomId(8);
    this.bus = new InstanceBus(backplane.messages, bootId, failedAt('message bus'));
    if (backplane.shared) {
      const appended = (session: string, stream: string) => this.bus.tellAll({ kind: 'appended', session, stream });
      this.instances = new Instances({ backplane, bootId, appended, failed: failedAt('instances') });
      this.runs = new Runs({ backplane, bootId, instances: this.instances, failed: failedAt('runs') });
    }
  }

  /** `null` while nobody listens: callers ask first, and build no event for nobody (rule X2). */
  get trace(): Trace | null {
    const channel = this.traceChannel;
    const trace = this.#given;
    if (!channel?.isActive()) return trace;
    if (!trace) return channel.publish;
    return (event, place) => {
      trace(event, place);
      channel.publish(event, place);
    };
  }
}

/** A listener that throws must not change what it listens to (rule X4). */
function sheltered(trace: Trace): Trace {
  return (event, place) => {
    try {
      trace(event, place);
    } catch {
      // There is nobody to tell: telling is what failed.
    }
  };
}
