import pLimit from 'p-limit';
import { addressRule } from '../../support/address-rule.js';
import { defaultPatience } from '../../support/http-patience.js';
import type { Patience } from '../../support/http-patience.js';
import { tlsMaterial } from '../credentials/certificates.js';
import type { Certificates } from '../credentials/certificates.js';
import type { PlacedCredential } from '../credentials/credential.js';
import { findCredential } from '../credentials/find-credential.js';
import type { Repository } from '../registry.js';
import { registryError } from '../registry-error.js';
import { catalogSchema } from './answer-schema.js';
import { isRefusal, openAuthorizer } from './authorizer.js';
import { openRepository } from './open-repository.js';
import { readPages } from './pages.js';
import { below } from './reference.js';
import type { RegistryReference } from './reference.js';
import type { Knowledge, RemoteSettings } from './remote.js';
import { openSession } from './session.js';
import type { Session } from './session.js';
import { openWire } from './wire.js';
import type { Wire } from './wire.js';

/** How a registry is spoken to. */
export interface RegistryOptions extends Certificates {
  /** Where credentials, certificates and proxies are looked for: docker's and podman's variables, `HTTPS_PROXY` and its like. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Credentials that come before those of docker and podman. Secret. */
  readonly credentials?: readonly PlacedCredential[];
  readonly patience?: Partial<Patience>;
  /** Longest time for one call on a repository, in milliseconds. Absent: an hour. */
  readonly deadline?: number;
  /** Longest time for a credential helper, in milliseconds. Absent: 30 seconds. */
  readonly helperTimeout?: number;
  /** Sizes of uploads, and how many requests go out at the same time. */
  readonly transfer?: Partial<RemoteSettings>;
  /** Ends everything. */
  readonly signal?: AbortSignal;
}

/** The connection to a registry. */
export interface Registry {
  /** The repository at this name below the registry's reference. Throws `registry/bad-reference`. */
  repository(name: string): Repository;
  /** The names below the reference of all repositories, sorted, as far as the registry lists them; undefined when it does not. */
  repositories(): Promise<readonly string[] | undefined>;
  close(): Promise<void>;
}

const defaultSettings: RemoteSettings = {
  monolithic: 512 * 1024 * 1024,
  chunk: 64 * 1024 * 1024,
  concurrency: 6,
  random: Math.random,
};

/**
 * The registry, or a part of it, at `place` (https://github.com/opencontainers/distribution-spec). Nothing is sent until something is
 * asked for. Uploads run at most `transfer.concurrency` at a time.
 */
export function openRegistry(place: RegistryReference, options: RegistryOptions): Registry {
  const patience = { ...defaultPatience, ...options.patience };
  const settings = { ...defaultSettings, ...options.transfer };
  const signal = options.signal ?? new AbortController().signal;
  const origin = new URL(place.origin);
  const knowledge: Knowledge = { blobs: new Map(), named: new Map(), referrersApi: false };
  const uploads = pLimit(settings.concurrency);
  const wire = lazyWire(async () => {
    const tls = await tlsMaterial(place.host, options, options.environment);
    const rule = addressRule(origin, (host, kind) =>
      registryError('registry/redirect', place.text, `the registry sends us to ${host}, which is a ${kind} address`, {
        hint: 'No registry has a reason to do that, unless it is there itself. Ask who runs it.',
        data: { host, kind },
      }),
    );
    return openWire({ repository: place.text, origin, tls, environment: options.environment, patience, rule });
  });

  function session(reference: RegistryReference): Session {
    const repository = reference.text;
    const sources = {
      given: options.credentials ?? [],
      environment: options.environment,
      timeout: options.helperTimeout ?? 30_000,
    };
    const authorizer = openAuthorizer(wire, repository, () => findCredential(place.host, reference.path, sources));
    return openSession({ repository, origin, wire, authorizer, patience });
  }

  return {
    repository: (name) => {
      const reference = below(place, name);
      return openRepository({
        remote: { reference, session: session(reference), knowledge, settings },
        signal,
        deadline: options.deadline ?? 3_600_000,
        pathOf: (other) => below(place, other).path,
        uploads,
      });
    },
    repositories: async () => {
      const first = new URL('/v2/_catalog?n=1000', origin);
      const list = { first, schema: catalogSchema, catalog: true, absent: [400, 404, 405, 501] };
      const pages = await readPages({ session: session(place), reference: place, signal }, list).catch(
        (error: unknown) => {
          // Many a registry tells its catalog to nobody, or to its masters only.
          if (isRefusal(error)) return undefined;
          throw error;
        },
      );
      const names = pages?.flatMap(({ page }) => page.repositories ?? []);
      const prefix = place.path === '' ? '' : `${place.path}/`;
      return names
        ?.filter((name) => name.startsWith(prefix))
        .map((name) => name.slice(prefix.length))
        .sort();
    },
    close: () => wire.close(),
  };
}

/** A wire that is made when it is first used: certificates are read then. */
function lazyWire(open: () => Promise<Wire>): Wire {
  let opened: Promise<Wire> | undefined;
  return {
    exchange: async (request) => {
      opened ??= open();
      return (await opened).exchange(request);
    },
    close: async () => {
      await (await opened)?.close();
    },
  };
}
