import type { Repository } from '../registry/registry.js';
import { spdxMediaType } from '../sbom/spdx.js';
import type { Digest } from '../support/digest.js';
import { findArtifact } from './artifact.js';
import type { PublishedSboms } from './publish-line.js';
import type { LineIndex } from './read-index.js';

/** Where the SBOMs of a line that stands in the registry are read, or undefined when it has none any more. */
export async function standingSboms(repository: Repository, index: LineIndex): Promise<PublishedSboms | undefined> {
  const whole = await sbomUrl(repository, index.digest);
  if (whole === undefined) return undefined;
  const byArchitecture: Record<string, string> = {};
  for (const manifest of index.manifests) {
    const url = await sbomUrl(repository, manifest.digest);
    if (url !== undefined) byArchitecture[manifest.architecture] = url;
  }
  return { whole, byArchitecture };
}

async function sbomUrl(repository: Repository, subject: Digest): Promise<string | undefined> {
  const document = await findArtifact(repository, subject, spdxMediaType);
  return document === undefined ? undefined : repository.blobUrl(document);
}
