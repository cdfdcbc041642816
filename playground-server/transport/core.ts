import { Connections } from './handshake/connections.ts';
import type { Options } from './options.ts';
import { type StandingHeaders, standingHeaders } from './reply.ts';
import type { Trace, TraceChannel } from './trace.ts';

/** What all parts of one transport share. */
export class Core {
  readonly options: Options;
  readonly headers: StandingHeaders;
  /** Every open event-stream connection of this instance. */
  readonly connections: Connections;
  traceChannel: TraceChannel | undefined;

  constructor(options: Options) {
    const { instanceHeader, instanceName, keepAliveMs } = options;
    this.options = options;
    this.headers = standingHeaders(instanceHeader && instanceName ? { [instanceHeader]: instanceName } : {});
    this.connections = new Connections(keepAliveMs);
  }

  /** `null` while nobody listens: callers ask first, and build no event for nobody (rule X2). */
  get trace(): Trace | null {
    const channel = this.traceChannel;
    const { trace } = this.options;
    if (!channel?.isActive()) return trace;
    if (!trace) return channel.publish;
    return (event, place) => {
      trace(event, place);
      channel.publish(event, place);
    };
  }
}
