import type * as pulumi from '@pulumi/pulumi';
import { CustomResource } from '@pulumi/pulumi/resource.js';
import { dynamicType, providerCode } from './dynamic-type.js';
import { engineHint } from './registration.js';

/** What a file bundle is to be. */
export interface FileBundleArgs {
  /** 2–40 characters of a-z, 0-9 and "-", first and last a letter. A change replaces the bundle. */
  name: pulumi.Input<string>;
  /** `certificates`: public certificates that the image trusts. `other`: any files but certificates. */
  type: pulumi.Input<'certificates' | 'other'>;
  /** The folder in the image, absolute. Certificates always go to `/usr/local/share/ca-certificates/`. */
  path?: pulumi.Input<string>;
  /**
   * File name to content: a text, or a `StringAsset`, `FileAsset` or `RemoteAsset`; or an archive: a folder, a .tar, .tar.gz, .tgz or .zip, here
   * or under a URL. At most 20 files of at most 1 MB.
   */
  files: pulumi.Input<Record<string, pulumi.Input<string | pulumi.asset.Asset>> | pulumi.asset.Archive>;
  /** Free text. */
  description?: pulumi.Input<string>;
}

/** A file of a bundle. */
export interface BundleContent {
  /** Bytes. */
  size: number;
  digest: string;
}

/** A certificate in a bundle. */
export interface BundleCertificate {
  /** The file it is in. */
  file: string;
  subject: string;
  issuer: string;
  serialNumber: string;
  /** SHA-256 in hexadecimal with colons. */
  fingerprint: string;
  /** ISO times. */
  validFrom: string;
  validTo: string;
}

const type = dynamicType('FileBundle');

/** Outputs that are no inputs: named here so that Pulumi makes properties of them. */
const computed = {
  reference: undefined,
  version: undefined,
  contents: undefined,
  certificates: undefined,
  tenant: undefined,
  registry: undefined,
};

/** A versioned set of files that private images include. Images that use it are rebuilt when it changes. */
export class FileBundle extends CustomResource {
  declare readonly name: pulumi.Output<string>;
  declare readonly type: pulumi.Output<'certificates' | 'other'>;
  declare readonly path: pulumi.Output<string>;
  declare readonly description: pulumi.Output<string | undefined>;
  /** What `PrivateImage.fileBundles` takes: `<tenant>/<name>@<digest>`. Known in a preview. */
  declare readonly reference: pulumi.Output<string>;
  /** The digest of the content. */
  declare readonly version: pulumi.Output<string>;
  /** By file name. */
  declare readonly contents: pulumi.Output<Record<string, BundleContent>>;
  /** Every certificate in the files. */
  declare readonly certificates: pulumi.Output<BundleCertificate[]>;
  /** The identifier before the name. */
  declare readonly tenant: pulumi.Output<string>;
  /** The registry that it is published to. */
  declare readonly registry: pulumi.Output<string>;

  constructor(resourceName: string, args: FileBundleArgs, options?: pulumi.CustomResourceOptions) {
    const inputs: pulumi.Inputs = {
      ...computed,
      ...args,
      __provider: providerCode('fileBundle'),
      ...engineHint({ type, name: resourceName, args, options }),
    };
    super(type, resourceName, inputs, options);
  }
}
