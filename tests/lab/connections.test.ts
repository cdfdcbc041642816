import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { Connections } from '../../playground-server/lab/connections.ts';

const request = (socket: Socket, headers = {}) => ({ socket, headers }) as IncomingMessage;

test('a connection keeps its name, and a request may give another', () => {
  const connections = new Connections();
  const [one, two] = [new Socket(), new Socket()];
  const names = [one, two, one].map((socket) => connections.of(request(socket)).name);
  expect(names).toEqual(['c1', 'c2', 'c1']);
  const named = connections.of(request(one, { 'lab-connection': 'c1' }));
  expect(named.name).toBe('c1');
  expect(named.key).not.toBe(connections.of(request(one)).key);
  expect(connections.of(request(two, { 'lab-connection': 'c1' })).key).toBe(named.key);
});

test('a connection that many labs share, as a proxy has, bears no trace of them', () => {
  const socket = new Socket();
  const before = socket.listenerCount('close');
  const shared = Array.from({ length: 20 }, () => new Connections().of(request(socket)));
  expect(socket.listenerCount('close')).toBe(before);
  expect(shared.map((connection) => connection.isClosed())).not.toContain(true);
  socket.destroy();
  expect(shared.map((connection) => connection.isClosed())).not.toContain(false);
});
