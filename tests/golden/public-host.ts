import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import path from 'node:path';

/** A folder that is seen under a public name, through a proxy of its own. */
export interface PublicHost {
  /** Always the same, whatever the port: what stands in an image. */
  readonly url: string;
  /** What makes a program see it. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Serves `folder` as `http://packages.test` to whoever goes through the proxy that the environment names. */
export async function servePublicly(folder: string): Promise<PublicHost> {
  const server = createServer((request, response) => {
    const name = decodeURI(new URL(request.url ?? '/', 'http://packages.test').pathname);
    readFile(path.join(folder, name)).then(
      (content) => response.writeHead(200, { 'content-length': content.length }).end(content),
      () => response.writeHead(404).end(),
    );
  });
  const tunnels = new Set<Socket>();
  // Whoever asks for a tunnel to anywhere ends up here again.
  server.on('connect', (_, socket: Socket) => {
    tunnels.add(socket);
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    server.emit('connection', socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: 'http://packages.test',
    environment: { http_proxy: proxy, no_proxy: '' },
    close: () => {
      for (const socket of tunnels) socket.destroy();
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
