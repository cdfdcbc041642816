import { setTimeout as wait } from 'node:timers/promises';

const url = '{{endpoint}}';
const session: Record<string, string> = {
  'mcp-session-id': '{{session}}', 'mcp-protocol-version': '2025-11-25',
};

// Sends one request, and reads its stream to the answer.
async function request(message: { id: number; [member: string]: unknown }) {
  let response = await fetch(url, {
    method: 'POST',
    headers: {
      ...session,
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
    },
    body: JSON.stringify(message),
  });
  const seen = { lastEventId: '', retryMs: 1000 };
  while (response.ok) {
    const answer = await read(response, message.id, seen);
    if (answer) return answer;
    if (!seen.lastEventId) break; // nothing to come back with
    await wait(seen.retryMs);
    console.log('back after', seen.lastEventId);
    response = await fetch(url, {
      headers: {
        ...session,
        accept: 'text/event-stream',
        'last-event-id': seen.lastEventId,
      },
    });
  }
  throw new Error(`The answer is lost (status ${response.status})`);
}

// Reads events until the answer; undefined if the connection ends first.
async function read(
  response: Response, id: number,
  seen: { lastEventId: string; retryMs: number },
) {
  let text = '';
  try {
    const pieces = response.body?.pipeThrough(new TextDecoderStream());
    for await (const piece of pieces ?? []) {
      const events = (text + piece).split(/\r?\n\r?\n/);
      text = events.pop() ?? ''; // an event counts once it is complete
      for (const event of events) {
        const field = (name: string) =>
          event.match(new RegExp(`^${name}: ?(.*)$`, 'm'))?.[1] ?? '';
        seen.lastEventId = field('id') || seen.lastEventId;
        seen.retryMs = Number(field('retry')) || seen.retryMs;
        if (!field('data')) continue; // it primes, or is a comment
        const message = JSON.parse(field('data'));
        if (message.id === id && !message.method) return message;
        console.log(message.method, message.params?.progress);
      }
    }
  } catch {
    // The connection was cut. What was read, was read.
  }
  return undefined;
}

const { result } = await request({
  jsonrpc: '2.0', id: 2, method: 'tools/call',
  params: {
    name: 'hang_up', arguments: { afterEvents: 2 },
    _meta: { progressToken: 'h' },
  },
});
console.log(result.content[0].text);
