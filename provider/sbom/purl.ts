import { PackageURL } from 'packageurl-js';
import type { Package } from '../packages/package.js';
import type { Digest } from '../support/digest.js';
import type { SbomDistribution } from './subject.js';

/**
 * A package as a package URL (https://github.com/package-url/purl-spec), as
 * `pkg:deb/debian/libssl3@3.0.16-1?arch=amd64&distro=debian-12&upstream=openssl`.
 *
 * Without `distro` a scanner matches no advisory. `upstream` names the source package, for advisories are filed by source;
 * its version is there only when it differs from the binary's.
 */
export function packagePurl(subject: Package, distribution: SbomDistribution): string {
  const { name, version, origin } = subject;
  const qualifiers: Record<string, string> = {
    arch: subject.architecture,
    distro: `${distribution.id}-${distribution.versionId}`,
  };
  if (origin.version !== version) qualifiers['upstream'] = `${origin.name}@${origin.version}`;
  else if (origin.name !== name) qualifiers['upstream'] = origin.name;
  return textOf(new PackageURL(subject.format, distribution.id, name, version, qualifiers));
}

/**
 * An image or index as a package URL, as `pkg:oci/web@sha256:…?arch=amd64`. It names no registry: the same image has the
 * same name in every one. The digest has to be there, for it is all that tells an image from another of its name.
 */
export function imagePurl(repository: string, digest: Digest, architecture: string | undefined): string {
  const name = repository.slice(repository.lastIndexOf('/') + 1);
  const qualifiers = architecture === undefined ? undefined : { arch: architecture };
  return textOf(new PackageURL('oci', undefined, name, digest, qualifiers));
}

/** The library leaves the "+" of a version as it is, which the specification does not, and which readers in Java take for a space. */
function textOf(purl: PackageURL): string {
  return purl.toString().replaceAll('+', '%2B');
}
