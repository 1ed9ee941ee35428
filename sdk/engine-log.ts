import { createRequire } from 'node:module';
import engine from '@pulumi/pulumi/proto/engine_grpc_pb.js';
import messages from '@pulumi/pulumi/proto/engine_pb.js';
import type { ResourceMessage } from '../provider/resources/resource.js';

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
 * The log of the engine at `address`, which is what a resource process is given as its argument. The SDK's own `log` does not reach
 * the engine from there. Without an address messages go nowhere.
 */
export function openEngineLog(address: string | undefined): EngineLog {
  if (address === undefined || address === '') return { log: () => undefined, flush: () => Promise.resolve() };
  const client = new engine.EngineClient(address, insecureCredentials());
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

/** From the very gRPC library that the SDK has loaded: credentials of another copy are refused. */
function insecureCredentials(): ConstructorParameters<typeof engine.EngineClient>[1] {
  const fromHere = createRequire(import.meta.url);
  const fromTheSdk = createRequire(fromHere.resolve('@pulumi/pulumi/proto/engine_grpc_pb.js'));
  const grpc = fromTheSdk('@grpc/grpc-js') as {
    readonly credentials: { createInsecure(): ConstructorParameters<typeof engine.EngineClient>[1] };
  };
  return grpc.credentials.createInsecure();
}
