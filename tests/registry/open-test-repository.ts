import { openRegistry } from '../../provider/registry/distribution/open-registry.js';
import type { RegistryOptions } from '../../provider/registry/distribution/open-registry.js';
import { parseRegistryReference } from '../../provider/registry/distribution/reference.js';
import type { Repository } from '../../provider/registry/registry.js';

/** A patience for tests: the same tries, and hardly a pause. */
export const impatience = { pause: 1, longestPause: 10, silence: 2000, connectTimeout: 2000 };

/** The repository at `name` of a registry without TLS on this machine, by a client of its own that finds nobody's credentials. */
export function openTestRepository(
  registry: { readonly host: string },
  name: string,
  options: Partial<RegistryOptions> = {},
): Repository {
  const place = parseRegistryReference(`http://${registry.host}`);
  return openRegistry(place, { environment: {}, patience: impatience, ...options }).repository(name);
}
