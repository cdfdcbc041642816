/**
 * The thread behind a `Line`: it reads the socket while the main thread stands still, and wakes it. The first one to come
 * listens for the other.
 */
import { connect, createServer, type Socket } from 'node:net';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';

const { path, port, counter, listens } = workerData as {
  path: string;
  port: MessagePort;
  /** Counts what was received: the main thread waits for it to change. */
  counter: Int32Array;
  listens: boolean;
};

if (listens) {
  const server = createServer((socket) => {
    server.close();
    join(socket);
  });
  server.listen(path, () => parentPort?.postMessage('listening'));
} else {
  const socket = connect(path, () => join(socket));
}

/** Each message follows its length. */
function join(socket: Socket): void {
  let received = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    while (received.length >= 4 && received.length >= 4 + received.readUInt32LE()) {
      const end = 4 + received.readUInt32LE();
      port.postMessage(new Uint8Array(received.subarray(4, end)));
      received = received.subarray(end);
      Atomics.add(counter, 0, 1);
      Atomics.notify(counter, 0);
    }
  });
  socket.on('error', () => {});
  socket.on('close', () => process.exit());
  port.on('message', (bytes: Uint8Array) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    socket.cork();
    socket.write(length);
    socket.write(bytes);
    socket.uncork();
  });
}
