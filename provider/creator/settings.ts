import type { Architecture } from '../packages/package.js';
import type { PlacedCredential } from '../registry/credentials/credential.js';
import type { SigningSettings } from '../signing/signing.js';
import type { HttpCredential } from '../support/http.js';

/** What holds for all images of one provider: where things come from and where they go. Paths are absolute. */
export interface Settings {
  /** The organisation's identifier: it stands before every image's name. */
  readonly tenant: string;
  /**
   * Where images go: `host[:port][/path]` of a registry, or the folder of the embedded one, which is an OCI image layout for each
   * repository. Repositories are at `<registry>/<tenant>/<name>`.
   */
  readonly registry: string;
  /** Further registries or folders that have the same images. */
  readonly mirrorRegistries: readonly string[];
  readonly registryAccess: RegistryAccess;
  /** How many old digests of each line and variant are kept; undefined: all. */
  readonly retention: number | undefined;
  /** The private key is PEM, or the absolute path of a file with it. */
  readonly signing: SigningSettings;
  readonly distribution: string;
  /** Folders with starters of the user's own, merged over the built-in catalog. */
  readonly catalogs: readonly string[];
  /**
   * Mirrors of the distributions. Where none is given, Debian's come from the environment, the machine's apt sources or Debian's public
   * hosts, the others are the public ones. They may hold credentials, and go nowhere as they are.
   */
  readonly mirrors: {
    readonly debian: string | undefined;
    readonly debianSecurity: string | undefined;
    readonly alpine: string | undefined;
    readonly wolfi: string | undefined;
  };
  /** What private package repositories ask for. Secret. */
  readonly repositoryAuth: readonly HttpCredential[];
  readonly architectures: readonly Architecture[];
  /** Whether each line has a dev variant beside the production one. */
  readonly devVariants: boolean;
  /** Whether images hold the documentation, manual pages and translations of their packages. */
  readonly documentation: boolean;
  /** The folder of the content-addressed store. */
  readonly cache: string;
  /** Whether a repository index past its Valid-Until is refused. */
  readonly checkValidUntil: boolean;
  /** Most packages that are fetched or processed at the same time. */
  readonly concurrency: number;
}

/** How registries are reached, beside what docker and podman know. Paths are absolute, of PEM files. */
export interface RegistryAccess {
  /** Secret. */
  readonly credentials: readonly PlacedCredential[];
  /** Authorities that are trusted beside the usual ones. */
  readonly certificates: string | undefined;
  /** What we show of ourselves; both or none. */
  readonly clientCertificate: string | undefined;
  readonly clientKey: string | undefined;
  /** Hosts, with their port, that are spoken to without TLS. */
  readonly insecure: readonly string[];
}
