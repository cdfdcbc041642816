import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import sirv from 'sirv';

/** The built site as files alone, without the playground server: `await using files = await servePlainFiles()`. */
export async function servePlainFiles(): Promise<AsyncDisposable & { origin: string }> {
  const files = sirv(fileURLToPath(new URL('../../dist/', import.meta.url)));
  const server = createServer((request, response) =>
    files(request, response, () => void response.writeHead(404).end()),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
