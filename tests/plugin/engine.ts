import engine from '@pulumi/pulumi/proto/engine_grpc_pb.js';
import type { LogRequest } from '@pulumi/pulumi/proto/engine_pb.js';
import messages from '@pulumi/pulumi/proto/engine_pb.js';
import type { sendUnaryData, ServerUnaryCall } from '@grpc/grpc-js';
import { Empty, Server, ServerCredentials } from '../../provider/plugin/protocol.js';

/** What a provider has said to the engine. */
export interface Said {
  readonly kind: 'status' | 'info' | 'warning';
  readonly urn: string;
  readonly message: string;
}

/** An engine that listens to what providers say and does nothing else. */
export interface ListeningEngine {
  readonly address: string;
  readonly said: Said[];
  close(): void;
}

/** Opens one on a free port. */
export async function openEngine(): Promise<ListeningEngine> {
  const said: Said[] = [];
  const server = new Server();
  server.addService(engine.EngineService, {
    log: (call: ServerUnaryCall<LogRequest, unknown>, reply: sendUnaryData<unknown>) => {
      const { request } = call;
      const warning = request.getSeverity() === messages.LogSeverity.WARNING;
      const kind = request.getEphemeral() ? 'status' : warning ? 'warning' : 'info';
      said.push({ kind, urn: request.getUrn(), message: request.getMessage() });
      reply(null, new Empty());
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return { address: `127.0.0.1:${port}`, said, close: () => server.forceShutdown() };
}
