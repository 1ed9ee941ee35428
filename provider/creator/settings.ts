import type { Architecture } from '../packages/package.js';
import type { HttpCredential } from '../support/http.js';

/** What holds for all images of one provider: where things come from and where they go. Paths are absolute. */
export interface Settings {
  /** The organisation's identifier: it stands before every image's name. */
  readonly tenant: string;
  /** The folder of the embedded registry: an OCI image layout for each repository, at `<registry>/<tenant>/<name>`. */
  readonly registry: string;
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
  /** The folder of the content-addressed store. */
  readonly cache: string;
  /** Whether a repository index past its Valid-Until is refused. */
  readonly checkValidUntil: boolean;
  /** Most packages that are fetched or processed at the same time. */
  readonly concurrency: number;
}
