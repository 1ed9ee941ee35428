import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type EngineWatch, watchEngine } from './engine-watch.js';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A listener that does `welcome` with each who comes, counted from 1. */
async function listen(
  welcome: (socket: Socket, count: number) => void,
): Promise<{ readonly address: string; readonly end: () => void }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => welcome(socket, sockets.push(socket)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const end = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  closers.push(end);
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, end };
}

describe('watchEngine', () => {
  it('tells when the engine is gone', async () => {
    let arrive: () => void = () => undefined;
    const arrived = new Promise<void>((resolve) => (arrive = resolve));
    const { address, end } = await listen(() => arrive());
    let watch: EngineWatch = { close: () => undefined };
    const gone = new Promise<void>((resolve) => (watch = watchEngine(address, resolve)));
    closers.push(() => watch.close());
    await arrived;
    end();
    await expect(gone).resolves.toBeUndefined();
  });

  it('comes again to an engine that lets go of it, and says nothing', async () => {
    let told = 0;
    let watch: EngineWatch = { close: () => undefined };
    const again = new Promise<void>((resolve) => {
      const opened = listen((socket, count) => (count === 1 ? socket.destroy() : resolve()));
      void opened.then(({ address }) => (watch = watchEngine(address, () => (told += 1))));
    });
    closers.push(() => watch.close());
    await again;
    expect(told).toBe(0);
  });

  it.each(['', 'nowhere'])('has nothing to watch at %j', (address) => {
    let told = 0;
    watchEngine(address, () => (told += 1)).close();
    expect(told).toBe(0);
  });
});
