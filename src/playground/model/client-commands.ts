/** How to point the clients that people use at a lab: the command or the entry that each of them takes. */

import { shellQuote } from './curl.ts';

export interface ClientCommand {
  id: string;
  /** What it is for, in a few words. */
  label: string;
  text: string;
}

/** The name under which a client will list the lab. */
const serverName = 'streamable-http-lab';

export function clientCommands(endpoint: string): readonly ClientCommand[] {
  const url = shellQuote(endpoint);
  return [
    {
      id: 'inspector',
      label: 'MCP Inspector, from a terminal',
      text: `npx @modelcontextprotocol/inspector --cli ${url} --transport http --method tools/call --tool-name whoami`,
    },
    { id: 'claude-code', label: 'Claude Code', text: `claude mcp add --transport http ${serverName} ${url}` },
    {
      id: 'vscode',
      label: 'VS Code, in .vscode/mcp.json',
      text: JSON.stringify({ servers: { [serverName]: { type: 'http', url: endpoint } } }, null, 2),
    },
    {
      id: 'cursor',
      label: 'Cursor, in .cursor/mcp.json',
      text: JSON.stringify({ mcpServers: { [serverName]: { url: endpoint } } }, null, 2),
    },
  ];
}
