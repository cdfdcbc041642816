import type { RequestHead } from '../../../playground-server/transport/index.ts';
import { type Client, latest } from './client.ts';

/** For the option `principal`: believes the header `X-User`; without it, nobody in particular. */
export const byUser = (request: RequestHead): string | null => request.header('x-user') ?? null;

/** The headers of a request of this user. */
export const as = (user: string) => ({ 'x-user': user });

/** Opens a session as this user and says that it is initialized; gives what every request of it sends. */
export async function opened(server: Client, headers: Record<string, string>): Promise<Record<string, string>> {
  const id = (await server.initialize({}, headers)).headers['mcp-session-id'];
  const all = { ...headers, 'mcp-session-id': String(id), 'mcp-protocol-version': latest };
  await server.send({ body: { jsonrpc: '2.0', method: 'notifications/initialized' }, headers: all });
  return all;
}
