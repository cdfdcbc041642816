import { Agent, request } from 'node:http';

const url = process.argv[2] ?? 'http://localhost:3000/mcp';

function post(agent: Agent, message: object, session?: string) {
  const headers = {
    accept: 'application/json, text/event-stream',
    'content-type': 'application/json',
    ...(session && { 'mcp-session-id': session }),
  };
  return new Promise<{ status: number; id: string }>((done, fail) => {
    request(url, { method: 'POST', agent, headers }, (response) => {
      const id = String(response.headers['mcp-session-id']);
      const status = response.statusCode ?? 0;
      response.on('end', () => done({ status, id }));
      response.resume(); // to the end: then the connection is free
    }).on('error', fail).end(JSON.stringify(message));
  });
}

const initialize = {
  jsonrpc: '2.0', id: 1, method: 'initialize',
  params: {
    protocolVersion: '2025-06-18', capabilities: {},
    clientInfo: { name: 'connections', version: '1' },
  },
};

for (const keepAlive of [true, false]) {
  const agent = new Agent({ keepAlive, maxSockets: 1 });
  const { id: session } = await post(agent, initialize);
  let found = 0;
  for (let id = 2; id < 22; id++) {
    const list = { jsonrpc: '2.0', id, method: 'tools/list' };
    if ((await post(agent, list, session)).status === 200) found++;
  }
  console.log(keepAlive ? 'one kept connection:' : 'a new one each time:',
    `${found} of 20 found the session`);
  agent.destroy();
}
