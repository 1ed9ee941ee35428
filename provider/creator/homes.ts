import { openHome, type Home } from '../registry/open-home.js';
import type { Repository } from '../registry/registry.js';
import type { Creator } from './creator.js';

/** The registry or folder that images go to. */
export function homeOf(creator: Creator): Home {
  return openHomeAt(creator, creator.settings.registry);
}

/** The home of a setting. Throws `registry/bad-reference` and `registry/bad-credentials`. */
export function openHomeAt({ homes, signal }: Creator, setting: string): Home {
  return homes.open(setting, signal, openHome);
}

/** The repository of an image: `<registry>/<tenant>/<name>`. */
export function imageRepository(creator: Creator, name: string): Repository {
  return homeOf(creator).repository(imageName(creator, name));
}

/** The name of an image's repository in any home: `<tenant>/<name>`. */
export function imageName({ settings }: Creator, name: string): string {
  return `${settings.tenant}/${name}`;
}

/**
 * The repository of a file bundle: `<registry>/<tenant>/file_bundle/<name>`. The underscore keeps it apart from every image,
 * whose names have none.
 */
export function bundleRepository(creator: Creator, name: string): Repository {
  return homeOf(creator).repository(`${creator.settings.tenant}/file_bundle/${name}`);
}
