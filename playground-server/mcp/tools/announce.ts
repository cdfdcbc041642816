import * as z from 'zod';
import { text } from '../content.ts';
import { defineTool } from '../tool.ts';

export const announce = defineTool({
  name: 'announce',
  title: 'Announce',
  description:
    'Tells every client that the list of tools has changed. It arrives on the stream of GET or subscriptions/listen.',
  input: z.object({}),
  readOnly: true,
  run(_args, context) {
    context.broadcast('notifications/tools/list_changed');
    return text('Announced to everyone who listens');
  },
});
