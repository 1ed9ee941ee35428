import type { IncomingHttpHeaders } from 'node:http2';
import { Server } from 'node:net';

/** The request by which the engine asks a provider to stop. */
const cancelPath = '/pulumirpc.ResourceProvider/Cancel';

/**
 * Calls `cancelled` when the engine asks this process to stop what it is at. Pulumi's launcher of dynamic providers answers that by itself and
 * tells no provider; so its server is listened to beside it. Where there is no such server nothing ever happens, and a person who interrupts
 * has to do it twice. The engine also asks at every normal end, when nothing is running any more.
 */
export function listenForCancel(cancelled: () => void): void {
  for (const server of serversOfProcess()) {
    server.on('stream', (_stream: unknown, headers: IncomingHttpHeaders) => {
      if (headers[':path'] === cancelPath) cancelled();
    });
  }
}

/** The servers of this process, whoever opened them. */
function serversOfProcess(): readonly Server[] {
  // There is no other way to what others have opened; Node has it since its beginnings, and nothing is lost where it is not.
  const { _getActiveHandles: handles } = process as { readonly _getActiveHandles?: () => readonly unknown[] };
  return (handles?.call(process) ?? []).filter((handle) => handle instanceof Server);
}
