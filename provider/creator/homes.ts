import path from 'node:path';
import { openLayout } from '../registry/layout.js';
import type { Repository } from '../registry/registry.js';
import type { Creator } from './creator.js';

/** The repository of an image: `<registry>/<tenant>/<name>`. */
export function imageRepository(creator: Creator, name: string): Repository {
  return openHome(creator, path.join(creator.settings.tenant, name));
}

/**
 * The repository of a file bundle: `<registry>/<tenant>/file_bundle/<name>`. The underscore keeps it apart from every image,
 * whose names have none.
 */
export function bundleRepository(creator: Creator, name: string): Repository {
  return openHome(creator, path.join(creator.settings.tenant, 'file_bundle', name));
}

function openHome(creator: Creator, repository: string): Repository {
  return openLayout(path.join(creator.settings.registry, repository), {
    link: (digest) => creator.store.pathOf(digest),
  });
}
