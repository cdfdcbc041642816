import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import type { RouterEvent } from '../../playground-server/lab/wire.ts';
import { until } from '../setup/until.ts';
import { pump, rawClient } from './pump.ts';

const get = 'GET /labs/secret/mcp HTTP/1.1\r\nHost: localhost\r\n\r\n';
const typesOf = (events: readonly RouterEvent[]) => events.map(({ type }) => type);

describe('an answer', () => {
  test('keeps its chunk boundaries, and each chunk goes on at once', async () => {
    await using relayed = await pump((_, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.flushHeaders();
    });
    const client = await rawClient(relayed.port, get);
    // The head is there before the first chunk.
    await until('the head', () => client.text().includes('text/event-stream'));
    const [answer] = relayed.answers as [ServerResponse];
    for (const chunk of ['data: one\n\n', ': two\n\n', 'x']) {
      answer.write(chunk);
      const size = chunk.length.toString(16);
      await until(`the chunk ${JSON.stringify(chunk)}`, () => client.text().endsWith(`${size}\r\n${chunk}\r\n`));
    }
    answer.end();
    await until('the end', () => client.text().endsWith('0\r\n\r\n'));
    const forwarded = relayed.events.filter((event) => event.type === 'bytes-forwarded');
    expect(forwarded.map(({ text, bytes }) => [text, bytes])).toEqual([
      ['data: one\n\n', 11],
      [': two\n\n', 7],
      ['x', 1],
    ]);
    expect(typesOf(relayed.events).at(-1)).toBe('response-end');
    expect(relayed.ends).toEqual([{ kind: 'done' }]);
    client.socket.destroy();
  });

  test('two chunks written in one go stay two', async () => {
    await using relayed = await pump((_, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.write('first');
      response.end('second');
    });
    const client = await rawClient(relayed.port, get);
    await until('the end', () => client.text().endsWith('5\r\nfirst\r\n6\r\nsecond\r\n0\r\n\r\n'));
    client.socket.destroy();
  });

  test('shows whole characters where a chunk ends inside one, and the exact number of bytes', async () => {
    const euro = Buffer.from('€');
    await using relayed = await pump((_, response) => {
      response.write(euro.subarray(0, 1));
      setImmediate(() => response.end(euro.subarray(1)));
    });
    const response = await fetch(`http://127.0.0.1:${relayed.port}/`);
    expect(await response.text()).toBe('€');
    const forwarded = relayed.events.filter((event) => event.type === 'bytes-forwarded');
    expect(forwarded.map(({ bytes }) => bytes)).toEqual([1, 2]);
    expect(forwarded.map(({ text }) => text).join('')).toBe('€');
  });

  test('a long text is cut at 16 kB in the log only', async () => {
    const long = 'a'.repeat(40_000);
    await using relayed = await pump((_, response) => response.end(long));
    expect(await (await fetch(`http://127.0.0.1:${relayed.port}/`)).text()).toBe(long);
    const forwarded = relayed.events.filter((event) => event.type === 'bytes-forwarded');
    expect(forwarded.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(40_000);
    expect(forwarded.every(({ text }) => text.length <= 16_384)).toBe(true);
    expect(forwarded.some(({ truncated }) => truncated)).toBe(true);
  });
});

describe('headers', () => {
  test('pass as they are, but those of one connection', async () => {
    await using relayed = await pump((_, response) => {
      response.writeHead(418, {
        'X-Two': ['a', 'b'],
        Connection: 'keep-alive, X-Named',
        'X-Named': 'hop',
        Date: 'never',
      });
      response.end();
    });
    const client = await rawClient(
      relayed.port,
      'POST /mcp HTTP/1.1\r\nhOsT: example.com:1\r\nX-Twice: 1\r\nX-Twice: 2\r\nTE: trailers\r\nX-Mine: 1\r\n' +
        'Connection: keep-alive, X-Mine\r\nLab-Exchange: forged\r\nContent-Length: 2\r\n\r\nhi',
    );
    await until('the answer', () => client.text().includes('\r\n\r\n'));
    const [asked] = relayed.asked as [IncomingMessage];
    expect(asked.rawHeaders.slice(0, 8)).toEqual([
      'hOsT',
      'example.com:1',
      'X-Twice',
      '1',
      'X-Twice',
      '2',
      'Content-Length',
      '2',
    ]);
    expect(asked.headers).not.toHaveProperty('te');
    expect(asked.headers).not.toHaveProperty('x-mine');
    expect(asked.headersDistinct['lab-exchange']).toEqual(['x1']);
    const head = client.text();
    expect(head).toContain('HTTP/1.1 418');
    expect(head).toContain('X-Two: a\r\nX-Two: b\r\n');
    expect(head).toContain('Date: never\r\n');
    expect(head).not.toContain('X-Named');
    client.socket.destroy();
  });

  test('the method, a body with a length and a body in chunks arrive as sent', async () => {
    const bodies: string[] = [];
    await using relayed = await pump(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      bodies.push(
        `${request.method} ${request.headers['content-length'] ?? request.headers['transfer-encoding'] ?? '-'} ${body}`,
      );
      response.end();
    });
    const url = `http://127.0.0.1:${relayed.port}/`;
    await fetch(url, { method: 'PUT', body: 'abc' });
    const chunked = httpRequest(url, { method: 'POST' });
    chunked.write('ab');
    chunked.end('cd');
    await once(chunked, 'response');
    await fetch(url, { method: 'DELETE' });
    expect(bodies).toEqual(['PUT 3 abc', 'POST chunked abcd', 'DELETE - ']);
    expect(relayed.events.filter(({ type }) => type === 'request-body')).toEqual([
      { type: 'request-body', body: 'abc', bodyBytes: 3 },
      { type: 'request-body', body: 'abcd', bodyBytes: 4 },
    ]);
  });
});

describe('who goes', () => {
  test('the client: the worker is told, and the log says so', async () => {
    let gone = false;
    await using relayed = await pump((_, response) => {
      response.write('x');
      response.on('close', () => {
        gone = true;
      });
    });
    const client = await rawClient(relayed.port, get);
    await until('the first chunk', () => client.text().includes('x'));
    client.socket.destroy();
    await until('the worker to be told', () => gone);
    expect(relayed.events.at(-1)).toEqual({ type: 'response-end', by: 'client' });
    expect(relayed.ends).toEqual([{ kind: 'done' }]);
  });

  test('the client, in the middle of its body: the worker does not take half a body for a whole one', async () => {
    let aborted = false;
    await using relayed = await pump((request) => {
      request.on('error', () => {
        aborted = true;
      });
      request.resume();
    });
    const client = await rawClient(
      relayed.port,
      'POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf',
    );
    await until('the worker to be asked', () => relayed.asked.length === 1);
    client.socket.destroy();
    await until('the worker to be told', () => aborted);
    expect(relayed.asked[0]?.complete).toBe(false);
  });

  test('the worker, in the middle of its answer: the client does not take half an answer for a whole one', async () => {
    await using relayed = await pump((_, response) => void response.write('half'));
    const response = await fetch(`http://127.0.0.1:${relayed.port}/`);
    relayed.stopWorker();
    await expect(response.text()).rejects.toThrow();
    await until('the relay to end', () => relayed.ends.length > 0);
    expect(relayed.ends).toEqual([{ kind: 'failed', why: 'The process broke the connection off.', answered: true }]);
  });

  test('the worker, before it answered: the caller may still answer', async () => {
    await using relayed = await pump((request) => void request.socket.destroy());
    const response = await fetch(`http://127.0.0.1:${relayed.port}/`, { method: 'POST', body: 'x' });
    expect(response.status).toBe(502);
    expect(relayed.ends).toMatchObject([{ kind: 'failed', answered: false }]);
  });
});

describe('an answer that comes before the body was read reaches a client that is still sending', () => {
  /** As the transport does with a body past its bound. */
  const refuse = (request: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(413, { Connection: 'close', 'Content-Length': 9 });
    response.end('too large');
    response.once('finish', () => request.destroy());
  };

  function send(port: number, body: Buffer, headers: Record<string, string | number>): Promise<string> {
    return new Promise((resolve) => {
      const request = httpRequest(`http://127.0.0.1:${port}/`, { method: 'POST', headers });
      request.on('error', (error) => resolve(error.message));
      request.on('response', async (response) => {
        let text = '';
        for await (const chunk of response) text += chunk;
        resolve(`${response.statusCode} ${text}`);
      });
      request.end(body);
    });
  }

  const body = Buffer.alloc(5_000_000, 'a');
  const often = Array.from({ length: 10 }, (_, i) => i);

  test('when its length was declared', async () => {
    await using relayed = await pump(refuse);
    for (const _ of often) {
      expect(await send(relayed.port, body, { 'Content-Length': body.length })).toBe('413 too large');
    }
  });

  test('when it came in chunks', async () => {
    await using relayed = await pump((request, response) => {
      let bytes = 0;
      request.on('data', (chunk: Buffer) => {
        const before = bytes;
        bytes += chunk.length;
        if (before <= 1_000_000 && bytes > 1_000_000) refuse(request, response);
      });
    });
    for (const _ of often) {
      expect(await send(relayed.port, body, { 'Transfer-Encoding': 'chunked' })).toBe('413 too large');
    }
  });
});

test('a pipelined request whose turn never comes is let go with its connection', async () => {
  const gone: string[] = [];
  await using relayed = await pump((request, response) => {
    const name = request.headers['x-name'] as string;
    // The second is still at work when the connection goes.
    if (name === 'first') response.write(name);
    response.on('close', () => gone.push(name));
  });
  const named = (name: string) => `GET / HTTP/1.1\r\nHost: localhost\r\nX-Name: ${name}\r\n\r\n`;
  const client = await rawClient(relayed.port, named('first') + named('second'));
  await until('both to be asked', () => relayed.asked.length === 2);
  client.socket.destroy();
  await until('both to be let go', () => gone.length === 2);
});
