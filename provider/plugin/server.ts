import { randomBytes } from 'node:crypto';
import { unknownValue } from '../resources/wire.js';
import { openEngineLog } from './engine-log.js';
import { type EngineWatch, watchEngine } from './engine-watch.js';
import { ResourceProviderService, Server, ServerCredentials } from './protocol.js';
import type { PluginProvider } from './provider.js';
import { resourceProviderService } from './service.js';

/** What the process gives. */
export interface PluginProcess {
  /** Where the engine listens; undefined when it attaches later. */
  readonly engineAddress: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  readonly home: string;
  readonly clock: () => Date;
  readonly version: string;
  /** Called when the engine has ended without a word: what was running has been stopped. */
  readonly onEngineGone?: () => void;
}

/** A provider that listens. */
export interface PluginServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves the provider on a free port of this machine, for itself alone. */
export async function servePlugin(process: PluginProcess): Promise<PluginServer> {
  const { environment, workingDirectory, home, clock, version } = process;
  let log = openEngineLog(process.engineAddress);
  const stop = new AbortController();
  let provider: Promise<PluginProvider> | undefined;
  // Whoever asks for the schema alone, as language hosts do, waits for nothing that checks, plans and builds.
  const open = async (): Promise<PluginProvider> => {
    const { openProvider } = await import('./provider.js');
    return openProvider({
      environment,
      workingDirectory,
      home,
      clock,
      stop: stop.signal,
      newTraceId: () => randomBytes(8).toString('hex'),
      unknown: unknownValue,
      tell: (urn, message) => log.log(urn, message),
    });
  };
  // A state with many lines is larger than the library's standard of 4 MB.
  const server = new Server({ 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 });
  let watch: EngineWatch | undefined;
  const watchAt = (address: string | undefined): void => {
    watch?.close();
    watch = address === undefined ? undefined : watchEngine(address, gone);
  };
  const gone = (): void => {
    stop.abort();
    process.onEngineGone?.();
  };
  const host = {
    version,
    schema: async () => (await import('./package-schema.js')).packageSchema(version),
    cancel: () => stop.abort(),
    attach: (address: string) => {
      log = openEngineLog(address);
      watchAt(address);
    },
    flush: () => log.flush(),
  };
  const service = resourceProviderService(() => (provider ??= open()), host);
  server.addService(ResourceProviderService, service);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  watchAt(process.engineAddress);
  return {
    port,
    close: async () => {
      watch?.close();
      server.forceShutdown();
      await (await provider)?.close();
    },
  };
}
