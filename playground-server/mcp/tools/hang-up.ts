import * as z from 'zod';
import { failure, text } from '../content.ts';
import { defineTool } from '../tool.ts';
import { wait } from './wait.ts';

/** Long enough to see one event after the other, short enough to lose none to impatience. */
const everyMs = 100;

/** Loses the connection on purpose, halfway, so that resuming can be watched (rule E8). */
export const hangUp = defineTool({
  name: 'hang_up',
  title: 'Hang up',
  description:
    'Sends events, closes its own connection halfway, and goes on: the rest and the answer wait for a client that ' +
    'comes back with Last-Event-ID.',
  input: z.object({
    afterEvents: z.int().min(1).max(50).default(2).describe('Events before it hangs up, and as many after'),
  }),
  readOnly: true,
  async run({ afterEvents }, context, report) {
    const total = afterEvents * 2;
    let hungUp = false;
    for (let step = 1; step <= total; step++) {
      // Who did not ask for progress may still want log messages: without events there is nothing to see.
      if (!report(step, total)) context.log('info', `event ${step} of ${total}`, 'hang_up');
      if (step === afterEvents) hungUp = context.hangUp();
      if (!(await wait(everyMs, context.signal))) return failure(`Cancelled at ${step} of ${total}`);
    }
    return text(
      hungUp
        ? `Hung up after ${afterEvents} of ${total} events, and went on`
        : `Sent ${total} events and did not hang up: nothing on this stream could be resumed`,
    );
  },
});
