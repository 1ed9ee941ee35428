import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

/** A mirror over HTTP that can be told to misbehave, and to whom it opens. */
export interface MirrorServer {
  readonly url: string;
  /** Every request so far: its path, and what it was sent as `Authorization`. */
  readonly requests: readonly { readonly path: string; readonly authorization: string | undefined }[];
  /** What answers instead of the folder; true when it has answered. */
  answer: (path: string, response: ServerResponse, request: IncomingMessage) => boolean;
  close(): Promise<void>;
}

/** Serves `folder`, which may be replaced, to whoever sends `authorization` where one is asked for. */
export async function serveMirror(folder: () => string, authorization?: string): Promise<MirrorServer> {
  const requests: { path: string; authorization: string | undefined }[] = [];
  const server = createServer((request, response) => {
    const name = decodeURI(new URL(request.url ?? '/', 'http://localhost').pathname);
    requests.push({ path: name, authorization: request.headers.authorization });
    if (mirror.answer(name, response, request)) return;
    if (authorization !== undefined && request.headers.authorization !== authorization) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="mirror"' }).end('who are you?');
      return;
    }
    readFile(path.join(folder(), name)).then(
      (content) => response.writeHead(200, { 'content-length': content.length }).end(content),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const mirror: MirrorServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    answer: () => false,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return mirror;
}
