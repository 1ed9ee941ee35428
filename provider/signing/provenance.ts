import { type Digest, hexOf } from '../support/digest.js';
import { type Claim, predicateTypes } from './statement.js';

/** How a line of an image came to be. */
export interface BuildFacts {
  /** Tenant and name, as `53/web`. */
  readonly image: string;
  /** As `8.4`. */
  readonly line: string;
  /** The upstream version of the line. */
  readonly version: string;
  /** Of the plan: what the digests are a function of. */
  readonly plan: Digest;
  readonly catalogVersion: string;
  readonly toolVersion: string;
  /** All that went into it, each once. */
  readonly materials: readonly Material[];
}

/** A package archive or a file that went into an image. */
export interface Material {
  readonly name: string;
  /** A package URL, or another URI that is the same on every machine: not the address of a mirror. */
  readonly uri: string;
  readonly digest: Digest;
}

/** What we are, as a URI. */
const builder = 'pkg:npm/pulumi-private-image';

/**
 * The build provenance of a line (https://slsa.dev/spec/v1.0/provenance): a function of the plan, so it holds no time, no machine and no
 * person.
 */
export function provenanceClaim(facts: BuildFacts): Claim {
  return {
    predicateType: predicateTypes.provenance,
    predicate: {
      buildDefinition: {
        buildType: `${builder}#build/v1`,
        externalParameters: { image: facts.image, line: facts.line, version: facts.version, plan: facts.plan },
        internalParameters: { catalogVersion: facts.catalogVersion },
        resolvedDependencies: [...facts.materials]
          .sort(byUriAndDigest)
          .map(({ name, uri, digest }) => ({ name, uri, digest: { sha256: hexOf(digest) } })),
      },
      runDetails: { builder: { id: builder, version: { 'pulumi-private-image': facts.toolVersion } } },
    },
  };
}

function byUriAndDigest(left: Material, right: Material): number {
  const [first, second] = [`${left.uri} ${left.digest}`, `${right.uri} ${right.digest}`];
  return first < second ? -1 : first > second ? 1 : 0;
}
