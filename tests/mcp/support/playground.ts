import { createPlayground } from '../../../playground-server/mcp/index.ts';
import type { Served, ServeOptions } from '../../contract/support/serve.ts';
import { serveHandler } from './eras.ts';

/** The playground's MCP server as process p1; its clock stands still. */
export function servePlayground(options: Omit<ServeOptions, 'handler'> = {}): Promise<Served> {
  return serveHandler(createPlayground({ processName: 'p1', pid: 7 }).handler, options);
}
