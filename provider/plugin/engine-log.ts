import type { ResourceMessage } from '../resources/resource.js';
import { credentials, EngineClient, engineMessages as messages } from './protocol.js';

/** Takes messages for the row of one resource; without a URN they are the stack's. */
export interface EngineLog {
  log(urn: string | undefined, message: ResourceMessage): void;
  /** Resolves when all messages so far have been taken. Never rejects: a lost message is no reason to fail. */
  flush(): Promise<void>;
}

const severities = {
  status: messages.LogSeverity.INFO,
  info: messages.LogSeverity.INFO,
  warning: messages.LogSeverity.WARNING,
};

/**
 * The log of the engine at `address`, which is what a process of the engine's is given as its argument. The SDK's own `log` does not
 * reach the engine from there. Without an address messages go nowhere.
 */
export function openEngineLog(address: string | undefined): EngineLog {
  if (address === undefined || address === '') return { log: () => undefined, flush: () => Promise.resolve() };
  const client = new EngineClient(address, credentials.createInsecure());
  // One after the other: the engine shows messages in the order in which they come.
  let sent = Promise.resolve();
  return {
    log: (urn, { kind, message }) => {
      const request = new messages.LogRequest();
      request.setSeverity(severities[kind]);
      request.setMessage(message);
      request.setUrn(urn ?? '');
      request.setEphemeral(kind === 'status');
      sent = sent.then(() => new Promise<void>((resolve) => client.log(request, () => resolve())));
    },
    flush: () => sent,
  };
}
