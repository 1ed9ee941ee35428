import type { Catalog } from '../catalog/catalog.js';
import type { Signer } from '../signing/signer.js';
import type { Store } from '../store/store.js';
import type { AuthorizingHttpClient } from '../support/http.js';
import type { Report } from '../support/progress.js';
import type { TaskRunner } from '../support/tasks.js';
import type { Homes } from './open-homes.js';
import type { OpenSuite } from './open-suite.js';
import type { Settings } from './settings.js';

/** What every use-case works with. Fronts make one and close its parts. */
export interface Creator {
  readonly settings: Settings;
  readonly store: Store;
  readonly http: AuthorizingHttpClient;
  /** Registries and folders of images. */
  readonly homes: Homes;
  /** Who signs; undefined when nobody does. Throws `signing/bad-key`, `signing/bad-password`. */
  readonly signer: () => Promise<Signer | undefined>;
  /** What tells who signs from others, and is no secret; undefined when nobody does, or it is not known yet. Throws the same. */
  readonly signerName: () => Promise<string | undefined>;
  readonly tasks: TaskRunner;
  readonly report: Report;
  readonly signal: AbortSignal;
  readonly clock: () => Date;
  /** The environment that repositories are looked up in, as `PRIVATE_IMAGE_DEBIAN_MIRROR`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The suites that are open, by distribution and suite. */
  readonly suites: Map<string, Promise<OpenSuite>>;
  /** The catalog, with the starters of one distribution or of all; each is loaded once. */
  readonly catalog: (startersOf?: string) => Promise<Catalog>;
}
