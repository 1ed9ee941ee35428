import { connect, createServer, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { listenForCancel } from './launcher-cancel.js';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A server that answers every request, as the launcher's does. */
async function serve(): Promise<Http2Server> {
  const server = createServer((_request, response) => response.end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => server.close());
  return server;
}

/** Asks it for `path`; resolves with the status of the answer. */
async function ask(server: Http2Server, path: string): Promise<unknown> {
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  closers.push(() => session.close());
  const request = session.request({ ':path': path, ':method': 'POST' });
  request.end();
  return new Promise((resolve) => request.on('response', (headers) => resolve(headers[':status'])));
}

describe('listenForCancel', () => {
  it('hears the request to stop, and no other, which are answered as before', async () => {
    const server = await serve();
    let heard = 0;
    listenForCancel(() => (heard += 1));
    expect(await ask(server, '/pulumirpc.ResourceProvider/Check')).toBe(200);
    expect(heard).toBe(0);
    expect(await ask(server, '/pulumirpc.ResourceProvider/Cancel')).toBe(200);
    expect(heard).toBe(1);
  });
});
