import * as z from 'zod';
import { defineTool, text } from '../tool.ts';

export const announce = defineTool({
  name: 'announce',
  title: 'Announce',
  description: 'Tells every session that the list of tools has changed. It arrives on the stream opened with GET.',
  input: z.object({}),
  readOnly: true,
  run(_args, context) {
    context.broadcast('notifications/tools/list_changed');
    return text('Announced to every session of this process');
  },
});
