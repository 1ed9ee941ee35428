import type * as pulumi from '@pulumi/pulumi';
import { all, Output, output } from '@pulumi/pulumi/output.js';
import { CustomResource } from '@pulumi/pulumi/resource.js';
import { dynamicType, providerCode } from './dynamic-type.js';
import type { FileBundle } from './file-bundle.js';
import { engineHint } from './registration.js';

/** What a private image is to be. */
export interface PrivateImageArgs {
  /** The starter image that it begins from, as `python`. A change replaces the image. */
  starter: pulumi.Input<string>;
  /** 2–40 characters of a-z, 0-9 and "-", first and last a letter. It follows the tenant: `local/hello`. A change replaces the image. */
  name: pulumi.Input<string>;
  /** Free text. */
  description?: pulumi.Input<string>;
  /** At most 100 packages beside the starter's: `python3-requests`, `libxml2>=2.9`, or an auto package as `php-curl-auto`. */
  packages?: pulumi.Input<pulumi.Input<string>[]>;
  /** Environment variables; none may be empty, and none that the starter sets. */
  environment?: pulumi.Input<Record<string, pulumi.Input<string>>> | pulumi.Input<pulumi.Input<EnvironmentVariable>[]>;
  /** File bundles that the image includes: the bundles themselves, or their `reference`. */
  fileBundles?: pulumi.Input<pulumi.Input<FileBundle | string>[]>;
  /**
   * Programs of packages that may keep their setuid or setgid bit, as `/usr/bin/sudo`; `*` stands for any part of a name. Without it a
   * package with such a program is refused.
   */
  setuidPrograms?: pulumi.Input<pulumi.Input<string>[]>;
  /** Only these lines of the starter, as `["3.13"]`. By default every maintained line is built. */
  lines?: pulumi.Input<pulumi.Input<string>[]>;
  /** `amd64`, `arm64`. By default the provider's setting. */
  architectures?: pulumi.Input<pulumi.Input<Architecture>[]>;
}

export type Architecture = 'amd64' | 'arm64';

/** One environment variable. */
export interface EnvironmentVariable {
  key: pulumi.Input<string>;
  value: pulumi.Input<string>;
}

/** How a private image stands after its last build. */
export type ImageStatus = 'in progress' | 'created' | 'some lines created' | 'image build failed';

/** One variant of a line as it stands in the registry. */
export interface ImageVariant {
  /** `built`: by the last run. `kept`: it fails today, and its last good build stays. `failed`: there is no build of it. */
  status: 'built' | 'kept' | 'failed';
  /** The upstream version, as `3.13.5`. */
  version?: string;
  /** The digest of its image index. */
  digest?: string;
  /** The tags on the digest, most exact first; the timestamp tag stays with it for ever. */
  tags: string[];
  /** Where the SPDX document of the whole line is read. */
  sbomUrl?: string;
  /** SPDX documents by architecture. */
  sbomUrls: Record<string, string>;
  /** Why it could not be built, with its stable code. */
  error?: string;
  errorCode?: string;
}

/** One line of a private image as it stands in the registry, with its production variant. */
export interface ImageLine extends ImageVariant {
  /** The image line, as `3.13`. */
  line: string;
  /** The variant with shell, package manager and core tools, whose tags end in `-dev`; absent where there is none. */
  dev?: ImageVariant;
  /** What the added packages brought in beyond the starter: name to version. */
  packagesAdded: Record<string, string>;
  /** Auto packages for which the line has no compatible version. */
  skipped: { name: string; reason: string }[];
  /** ISO date on which the distribution's support ends. */
  endOfLife?: string;
  warnings: string[];
}

/** The resolved answer that the image is built from; known in a preview. */
export interface ImagePlan {
  /** Changes exactly when the image would. */
  digest: string;
  /** By line. */
  lines: Record<string, PlannedImageLine>;
  warnings?: string[];
}

/** One line of a plan. */
export interface PlannedImageLine {
  version?: string;
  /** The suite of the distribution, as `trixie`. */
  suite: string;
  endOfLife?: string;
  /** The version and floating tags to be. */
  tags: string[];
  /** All packages of the line: name to version. */
  packages: Record<string, string>;
  /** Bytes that these packages take when installed, as the index states it; of the architecture where they take most. */
  installedSize?: number;
  /** Auto packages without a compatible version. */
  skipped: string[];
  warnings?: string[];
  /** The dev variant, where there is one: how many packages it has, or why it cannot be built. */
  dev?: { packages?: number; error?: string };
  /** Why the line cannot be built. */
  error?: string;
  /** The version of its last good build, which stays while the line fails. */
  kept?: string;
}

/** How an image is published, by the settings. */
export interface ImagePublishing {
  signing: 'none' | 'key' | 'keyless';
  /** The fingerprint of the public key, or the identity; absent where it is not known beforehand. */
  signer?: string;
  /** Whether signatures are entered in a transparency log. */
  logged?: boolean;
  /** Whether signatures are also kept under the older tags. */
  signatureTags?: boolean;
  /** Registries and folders that have the same image. */
  mirrors: string[];
  /** How many old digests of each line and variant are kept; absent: all. */
  retention?: number;
}

const type = dynamicType('PrivateImage');

/** Outputs that are no inputs: named here so that Pulumi makes properties of them. */
const computed = {
  plan: undefined,
  publishing: undefined,
  status: undefined,
  repository: undefined,
  lines: undefined,
  tags: undefined,
  digests: undefined,
  sbomUrls: undefined,
  latest: undefined,
  traceId: undefined,
  createdAt: undefined,
  tenant: undefined,
  registry: undefined,
};

/**
 * A private image: every maintained line of a starter with your packages, files and environment, built without Docker and
 * published under one name.
 */
export class PrivateImage extends CustomResource {
  declare readonly starter: pulumi.Output<string>;
  declare readonly name: pulumi.Output<string>;
  declare readonly description: pulumi.Output<string | undefined>;
  declare readonly packages: pulumi.Output<string[] | undefined>;
  declare readonly environment: pulumi.Output<Record<string, string> | undefined>;
  /** The references of the included bundles. */
  declare readonly fileBundles: pulumi.Output<string[] | undefined>;
  declare readonly setuidPrograms: pulumi.Output<string[] | undefined>;
  declare readonly architectures: pulumi.Output<Architecture[] | undefined>;
  /** What the image is built from; known in a preview. */
  declare readonly plan: pulumi.Output<ImagePlan>;
  /** How it is published: a change of it signs and mirrors what stands. Absent in a state that an older version wrote. */
  declare readonly publishing: pulumi.Output<ImagePublishing | undefined>;
  declare readonly status: pulumi.Output<ImageStatus>;
  /** Where it is: for the embedded registry the folder of an OCI image layout. Known in a preview. */
  declare readonly repository: pulumi.Output<string>;
  /** Every line that was tried, oldest first. */
  declare readonly lines: pulumi.Output<ImageLine[]>;
  /** Tag to digest. */
  declare readonly tags: pulumi.Output<Record<string, string>>;
  /** Line to digest. */
  declare readonly digests: pulumi.Output<Record<string, string>>;
  /** Line to the URL of its SPDX document. */
  declare readonly sbomUrls: pulumi.Output<Record<string, string>>;
  /** The digest that the tag `latest` points to. Known in a preview where all digests are. */
  declare readonly latest: pulumi.Output<string>;
  /** Names the last build in messages. */
  declare readonly traceId: pulumi.Output<string>;
  /** When it was first created, as an ISO time. */
  declare readonly createdAt: pulumi.Output<string>;
  /** The identifier before the name. */
  declare readonly tenant: pulumi.Output<string>;
  /** The registry that it is published to. */
  declare readonly registry: pulumi.Output<string>;

  constructor(resourceName: string, args: PrivateImageArgs, options?: pulumi.CustomResourceOptions) {
    const { lines, fileBundles, ...rest } = args;
    const inputs: pulumi.Inputs = {
      ...computed,
      ...rest,
      requestedLines: lines,
      fileBundles: references(fileBundles),
      __provider: providerCode('privateImage'),
      ...engineHint({ type, name: resourceName, args, options }),
    };
    super(type, resourceName, inputs, options);
  }
}

/** Each bundle's reference, so that one that is not known yet leaves the others known. */
function references(
  bundles: pulumi.Input<pulumi.Input<FileBundle | string>[]> | undefined,
): pulumi.Input<pulumi.Input<string>[]> | undefined {
  if (bundles === undefined) return undefined;
  if (Array.isArray(bundles)) return bundles.map(reference);
  // What is no list in a program without types goes on as it is: the check says which property is wrong.
  return output(bundles).apply((known) => (Array.isArray(known) ? all(known.map(reference)) : known));
}

function reference(bundle: pulumi.Input<FileBundle | string>): pulumi.Input<string> {
  if (Output.isInstance(bundle) || bundle instanceof Promise) {
    return output(bundle).apply((known) => output(knownReference(known)));
  }
  return knownReference(bundle);
}

function knownReference(bundle: FileBundle | string): pulumi.Input<string> {
  return typeof bundle === 'string' ? bundle : bundle.reference;
}
