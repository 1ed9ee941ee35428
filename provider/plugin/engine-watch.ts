import { connect, type Socket } from 'node:net';

/** A watch on the engine, until it is closed. */
export interface EngineWatch {
  close(): void;
}

/** Milliseconds between a connection that ended and the next. */
const pause = 1000;

/**
 * Calls `gone` once, when nobody listens at the engine's address any more: its process has ended without a word, as when it was killed, and
 * whoever works for it works for nobody. A connection that is held open tells of it at once. The watch itself keeps no process alive.
 */
export function watchEngine(address: string, gone: () => void): EngineWatch {
  const { host, port } = placeOf(address) ?? {};
  if (host === undefined || port === undefined) return { close: () => undefined };
  let socket: Socket | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  const open = (): void => {
    let refused = false;
    socket = connect({ host, port });
    socket.unref();
    // What is said on a connection without a preface is nothing to us.
    socket.resume();
    socket.on('error', (error) => {
      refused = 'code' in error && error.code === 'ECONNREFUSED';
    });
    socket.on('close', () => {
      if (closed) return;
      if (refused) {
        closed = true;
        gone();
        return;
      }
      // A listener lets go of connections that say nothing: that it did is no end of it.
      timer = setTimeout(open, pause).unref();
    });
  };
  open();
  return {
    close: () => {
      closed = true;
      clearTimeout(timer);
      socket?.destroy();
    },
  };
}

function placeOf(address: string): { readonly host: string; readonly port: number } | undefined {
  const [, host, port] = /^(.+):(\d+)$/u.exec(address) ?? [];
  return host === undefined ? undefined : { host, port: Number(port) };
}
