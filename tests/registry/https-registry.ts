import { createServer } from 'node:https';
import { startMemoryRegistry } from './memory-registry.js';
import type { MemoryRegistry } from './memory-registry.js';
import type { CertificatePair } from './real-registry.js';

/** The registry in memory behind TLS; with `clientCa`, for those alone who show a certificate from it. */
export function startHttpsRegistry(pair: CertificatePair, clientCa?: string): Promise<MemoryRegistry> {
  return startMemoryRegistry({
    server: (listener) =>
      createServer(
        {
          key: pair.key,
          cert: pair.certificate,
          ...(clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true }),
        },
        listener,
      ),
  });
}
