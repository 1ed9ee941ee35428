import { readFileSync } from 'node:fs';
import type { Home, openHome } from '../registry/open-home.js';
import type { RegistryOptions } from '../registry/distribution/open-registry.js';
import { isRegistrySetting, parseRegistryReference } from '../registry/distribution/reference.js';
import { registryError } from '../registry/registry-error.js';
import type { Store } from '../store/store.js';
import type { RegistryAccess } from './settings.js';

/** The registries and folders that a creator works with; each is opened once for those that are stopped by the same signal. */
export interface Homes {
  /**
   * The home of a setting, unless it is open made by `make`: what speaks to registries is loaded by those who do. Throws `registry/bad-reference`
   * and `registry/bad-credentials`.
   */
  open(setting: string, signal: AbortSignal, make: typeof openHome): Home;
  close(): Promise<void>;
}

/** How patient a registry's client is, and how it sends: for what is not for users to say. */
export type RegistryManners = Pick<RegistryOptions, 'patience' | 'transfer' | 'deadline'>;

/** Makes ready to open homes. Nothing is read before one is asked for. */
export function openHomes(
  access: RegistryAccess,
  store: Store,
  environment: Readonly<Record<string, string | undefined>>,
  manners: RegistryManners = {},
): Homes {
  const bySignal = new WeakMap<AbortSignal, Map<string, Home>>();
  const opened: Home[] = [];

  function openNew(setting: string, signal: AbortSignal, make: typeof openHome): Home {
    const home = make(setting, {
      ...manners,
      ...certificatesOf(access),
      environment,
      signal,
      credentials: access.credentials,
      // Settings hold absolute folders only.
      workingDirectory: '/',
      plainHttp: isRegistrySetting(setting) && access.insecure.includes(parseRegistryReference(setting).host),
      link: (digest) => store.pathOf(digest),
    });
    opened.push(home);
    return home;
  }

  return {
    open: (setting, signal, make) => {
      const homes = bySignal.get(signal) ?? new Map<string, Home>();
      bySignal.set(signal, homes);
      const home = homes.get(setting) ?? openNew(setting, signal, make);
      homes.set(setting, home);
      return home;
    },
    close: async () => {
      await Promise.all(opened.map((home) => home.close()));
    },
  };
}

function certificatesOf(access: RegistryAccess): Pick<RegistryOptions, 'ca' | 'certificate' | 'key'> {
  const { certificates, clientCertificate, clientKey } = access;
  return {
    ...(certificates === undefined ? {} : { ca: readPem(certificates, 'CERTIFICATE') }),
    ...(clientCertificate === undefined ? {} : { certificate: readPem(clientCertificate, 'CERTIFICATE') }),
    ...(clientKey === undefined ? {} : { key: readPem(clientKey, 'PRIVATE KEY') }),
  };
}

/** The text of a PEM file. TLS takes one that holds something else for an empty one, and says later that it trusts nobody. */
function readPem(file: string, wanted: 'CERTIFICATE' | 'PRIVATE KEY'): string {
  const text = readText(file);
  if (new RegExp(`-----BEGIN [A-Z0-9 ]*${wanted}-----`, 'u').test(text)) return text;
  throw registryError('registry/bad-credentials', file, `it holds no ${wanted.toLowerCase()} in PEM`, {
    hint: 'A file in DER becomes PEM with "openssl x509 -inform der" or "openssl pkey -inform der".',
  });
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw registryError('registry/bad-credentials', file, 'the certificate or key cannot be read', {
      hint: 'Check the settings registryCertificates, registryClientCertificate and registryClientKey.',
      cause: error,
    });
  }
}
