import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import {
  StreamableHTTPServerTransport,
} from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { db, SqliteEventStore } from './sqlite-event-store.ts';
import { makeServer } from './tools.ts';

const sessions = new Map<string, StreamableHTTPServerTransport>();

createServer(async (request, response) => {
  if (request.url?.startsWith('/events/')) {
    response.end(eventsAsISeeThem(request.url.slice('/events/'.length)));
    return;
  }
  const id = request.headers['mcp-session-id'];
  let transport = sessions.get(String(id));
  if (id !== undefined && !transport) {
    response.writeHead(404, { 'content-type': 'application/json' });
    response.end(JSON.stringify({
      jsonrpc: '2.0', id: null,
      error: { code: -32001, message: 'Session not found' },
    }));
    return;
  }
  transport ??= await open();
  await transport.handleRequest(request, response);
}).listen(Number(process.env.PORT ?? 3001));

async function open() {
  const id = randomUUID();
  const transport: StreamableHTTPServerTransport =
    new StreamableHTTPServerTransport({
      sessionIdGenerator: () => id,
      eventStore: new SqliteEventStore(id),
      onsessioninitialized: () => void sessions.set(id, transport),
      onsessionclosed: () => void sessions.delete(id),
    });
  await makeServer().connect(transport);
  return transport;
}

/** What this process reads in the store that all of them share. */
function eventsAsISeeThem(session: string) {
  return db
    .prepare('SELECT id, message FROM events WHERE session = ? ORDER BY id')
    .all(session)
    .map(({ id, message }) => `${id} ${message}\n`)
    .join('');
}
