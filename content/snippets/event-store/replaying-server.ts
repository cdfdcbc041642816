import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import {
  WebStandardStreamableHTTPServerTransport as Transport,
} from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import { db, SqliteEventStore } from './sqlite-event-store.ts';
import { makeServer } from './tools.ts';

// The other half: how each session began, where all can read it.
db.exec('CREATE TABLE IF NOT EXISTS sessions (id TEXT, initialize TEXT)');
const sessions = new Map<string, Transport>();

createServer(getRequestListener(async (request) => {
  const id = request.headers.get('mcp-session-id');
  if (id === null) {
    const begins = await request.clone().text();
    const transport = await open(randomUUID());
    const response = await transport.handleRequest(request);
    if (transport.sessionId) {
      db.prepare('INSERT INTO sessions VALUES (?, ?)')
        .run(transport.sessionId, begins);
    }
    return response;
  }
  const transport = sessions.get(id) ?? await replay(id);
  return transport?.handleRequest(request)
    ?? Response.json({
      jsonrpc: '2.0', id: null,
      error: { code: -32001, message: 'Session not found' },
    }, { status: 404 });
})).listen(Number(process.env.PORT ?? 3001));

async function open(id: string) {
  const transport = new Transport({
    sessionIdGenerator: () => id,
    eventStore: new SqliteEventStore(id),
    onsessioninitialized: () => void sessions.set(id, transport),
    onsessionclosed: () => void sessions.delete(id),
  });
  await makeServer().connect(transport);
  return transport;
}

/** A session that another process opened: begin it here once more. */
async function replay(id: string) {
  const stored = db
    .prepare('SELECT initialize FROM sessions WHERE id = ?').get(id);
  if (!stored) return undefined;
  const transport = await open(id);
  await transport.handleRequest(new Request('http://localhost/mcp', {
    method: 'POST',
    headers: {
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
    },
    body: String(stored.initialize),
  }));
  return transport;
}
