import path from 'node:path';
import { isRegistrySetting } from '../registry/distribution/reference.js';
import { registryError } from '../registry/registry-error.js';
import type { Repository } from '../registry/registry.js';
import type { Creator } from './creator.js';
import { openHomeAt } from './homes.js';

/** An image as a person names it. */
export interface NamedImage {
  readonly repository: Repository;
  /** A tag or a digest; undefined when none was named. */
  readonly reference: string | undefined;
}

const pattern = /^(?<place>.+?)(?::(?<tag>[A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$/su;

/**
 * Opens what `text` names: `host[:port]/path[:tag][@digest]` of a registry, or the folder of an image layout with a tag or a digest behind
 * it in the same way. A relative folder that could be a host begins with `./`. Throws `registry/bad-reference`.
 */
export function openReference(creator: Creator, text: string, workingDirectory: string): NamedImage {
  const { place = '', tag, digest } = pattern.exec(text)?.groups ?? {};
  const spoiled = digest === undefined ? /@(sha[0-9]+:[^/@]*)$/u.exec(text)?.[1] : undefined;
  if (spoiled !== undefined) {
    throw registryError('registry/bad-reference', text, `${spoiled} is no digest`, {
      hint: 'A digest is sha256: and 64 digits of 0-9 and a-f.',
    });
  }
  const reference = digest ?? tag;
  const bare = place.replace(/^(?:oci|https?):\/\//u, '');
  const slash = bare.indexOf('/');
  if (slash === -1 || !isRegistrySetting(place)) {
    const folder = path.resolve(workingDirectory, place);
    const home = openHomeAt(creator, path.dirname(folder));
    return { repository: home.repository(path.basename(folder)), reference };
  }
  const host = place.slice(0, place.length - bare.length + slash);
  const name = bare.slice(slash + 1);
  if (name !== '') return { repository: openHomeAt(creator, host).repository(name), reference };
  throw registryError('registry/bad-reference', bare, 'it names no repository', {
    hint: 'Write it as host/path:tag or host/path@sha256:….',
  });
}
