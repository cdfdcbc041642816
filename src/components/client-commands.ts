/** The commands that point clients at a server, cut where the address stands, so that the reader's own can stand there. */

import { clientCommands } from '../playground/model/client-commands.ts';
import { placeholders, type Segment } from './snippets.ts';

/** Stands for the address while the commands are made. */
const stand = 'http://endpoint.invalid/mcp';

export interface ShownCommand {
  id: string;
  label: string;
  /** As `Snippet` draws it. */
  segments: Segment[];
}

/** @param id as `clientCommands` names it @throws when there is no such command */
export function shownCommand(id: string): ShownCommand {
  const command = clientCommands(stand).find((listed) => listed.id === id);
  if (!command) throw new Error(`There is no command for a client ${id}`);
  const segments = command.text.split(stand).flatMap((text, index): Segment[] => {
    const endpoint: Segment = { text: placeholders.endpoint, placeholder: 'endpoint' };
    return index === 0 ? [{ text }] : [endpoint, { text }];
  });
  return { id, label: command.label, segments };
}

/** The same as Markdown, with the plain address. */
export function commandText(id: string): string {
  const { label, segments } = shownCommand(id);
  return `${label}:\n\n\`\`\`text\n${segments.map(({ text }) => text).join('')}\n\`\`\``;
}
