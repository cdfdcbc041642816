/** Which requests may run (rules P13 and P17). */

import type { Core } from '../core.ts';
import type { RequestId } from '../json-rpc.ts';
import { quoted } from '../refusal.ts';
import type { Reply } from '../reply.ts';
import type { RequestHost } from './request-host.ts';

export class LetIn {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  /**
   * Lets all of these requests in, or answers `reply` with a refusal.
   * @param letIn `firstRun`: the store counts them under this number and those that follow; 0: it counts none
   */
  ask(ids: readonly RequestId[], host: RequestHost, reply: Reply, letIn: (firstRun: number) => void): void {
    const { duplicateRequestIds, maxInFlight } = this.#core.options;
    const uniqueIds = duplicateRequestIds === 'reject';
    // What this instance runs itself it knows without asking, and until its answer is stored.
    const taken = uniqueIds ? ids.find((id) => host.running(id).length > 0) : undefined;
    if (taken !== undefined) return this.#refuseDuplicate(taken, reply);
    if (host.inFlight.size + ids.length > maxInFlight) return this.#refuseFull(reply);
    const { runs } = this.#core;
    const session = host.sessionId;
    if (!runs || session === undefined) {
      if (this.#hasRoom(reply)) letIn(0);
      return;
    }
    runs.begin(
      session,
      ids,
      { maxInFlight, uniqueIds },
      (begun) => {
        if (begun.kind === 'duplicate') this.#refuseDuplicate(begun.request, reply);
        else if (begun.kind === 'full') this.#refuseFull(reply);
        else if (this.#hasRoom(reply)) letIn(begun.firstRun);
        else runs.leave(session, begun.firstRun, ids.length);
      },
      (error) => reply.fault(error),
    );
  }

  #refuseDuplicate(id: RequestId, reply: Reply): void {
    reply.refuse('duplicateRequestId', { id: typeof id === 'string' ? quoted(id) : id });
  }

  #refuseFull(reply: Reply): void {
    reply.refuse('tooManyInFlight', { max: this.#core.options.maxInFlight });
  }

  /** Connections are this instance's own, whatever others have. `false`: refused. */
  #hasRoom(reply: Reply): boolean {
    const { maxStreams, enableJsonResponse } = this.#core.options;
    if (enableJsonResponse || this.#core.connections.count < maxStreams) return true;
    reply.refuse('tooManyStreams', { max: maxStreams });
    return false;
  }
}
