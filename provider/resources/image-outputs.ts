import { z } from 'zod';

const text = (description: string): z.ZodString => z.string().meta({ description });
const texts = (description: string): z.ZodArray<z.ZodString> => z.array(z.string()).meta({ description });
const textMap = (description: string): z.ZodRecord<z.ZodString, z.ZodString> =>
  z.record(z.string(), z.string()).meta({ description });

const variantFields = {
  status: text(
    '`built`: by the last run. `kept`: it fails today, and its last good build stays. `failed`: there is no build of it.',
  ),
  version: text('The upstream version, as `3.13.5`.').optional(),
  digest: text('The digest of its image index.').optional(),
  tags: texts('The tags on the digest, most exact first; the timestamp tag stays with it for ever.'),
  sbomUrl: text('Where the SPDX document of the whole line is read.').optional(),
  sbomUrls: textMap('SPDX documents by architecture.'),
  error: text('Why it could not be built.').optional(),
  errorCode: text('The stable code of that error.').optional(),
};

const variant = z
  .object(variantFields)
  .meta({ id: 'ImageVariant', description: 'One variant of a line as it stands in the registry.' });

const skippedPackage = z
  .object({ name: text('As `php-curl-auto`.'), reason: text('Why the line has no compatible version.') })
  .meta({ id: 'SkippedPackage', description: 'An auto package for which a line has no compatible version.' });

const line = z
  .object({
    line: text('The image line, as `3.13`.'),
    ...variantFields,
    dev: variant
      .optional()
      .meta({ description: 'The dev variant, whose tags end in `-dev`; absent where there is none.' }),
    packagesAdded: textMap('What the added packages brought in beyond the starter: name to version.'),
    skipped: z
      .array(skippedPackage)
      .meta({ description: 'Auto packages for which the line has no compatible version.' }),
    endOfLife: text("ISO date on which the distribution's support ends.").optional(),
    warnings: texts('What to know about the build.'),
  })
  .meta({ id: 'ImageLine', description: 'One line of a private image as it stands in the registry.' });

const plannedDev = z
  .object({
    packages: z.int().optional().meta({ description: 'How many packages it has.' }),
    error: text('Why it cannot be built.').optional(),
  })
  .meta({ id: 'PlannedDevVariant', description: 'The dev variant of a planned line.' });

const plannedLine = z
  .object({
    version: text('The upstream version.').optional(),
    suite: text('The suite of the distribution, as `trixie`.'),
    endOfLife: text('ISO date on which support ends.').optional(),
    tags: texts('The version and floating tags to be.'),
    packages: textMap('All packages of the line: name to version.'),
    installedSize: z.int().optional().meta({
      description:
        'Bytes that these packages take when installed, as the index of the repository states it, before documentation is left out; of the architecture where they take most.',
    }),
    skipped: texts('Auto packages without a compatible version.'),
    warnings: texts('What to know before building.').optional(),
    dev: plannedDev.optional().meta({ description: 'The dev variant, where there is one.' }),
    error: text('Why the line cannot be built.').optional(),
    kept: text('The version of its last good build, which stays while the line fails.').optional(),
  })
  .meta({ id: 'PlannedImageLine', description: 'One line of a plan.' });

/** The plan of an image, in the few words that a state keeps. */
export const planOutput = z
  .object({
    digest: text('Changes exactly when the image would.'),
    lines: z.record(z.string(), plannedLine).meta({ description: 'By line.' }),
  })
  .meta({ id: 'ImagePlan', description: 'The resolved answer that an image is built from.' });

const publishing = z
  .object({
    signing: text('`none`, `key` or `keyless`.'),
    signer: text(
      'The fingerprint of the public key, or the identity; absent where it is not known beforehand.',
    ).optional(),
    logged: z.boolean().optional().meta({ description: 'Whether signatures are entered in a transparency log.' }),
    signatureTags: z
      .boolean()
      .optional()
      .meta({ description: 'Whether signatures are also kept under the older tags.' }),
    mirrors: texts('Registries and folders that have the same image.'),
    retention: z
      .int()
      .optional()
      .meta({ description: 'How many old digests of each line and variant are kept; absent: all.' }),
  })
  .meta({ id: 'ImagePublishing', description: 'How an image is published, by the settings.' });

/** What a private image gives, beside its inputs: the definition that schemas are made from. */
export const imageOutputFields = z.object({
  plan: planOutput.meta({ description: 'What the image is built from; known in a preview.' }),
  publishing: publishing
    .optional()
    .meta({ description: 'How it is published: a change signs and mirrors what stands.' }),
  status: text('`created`, `some lines created`, `in progress` or `image build failed`.'),
  repository: text('Where it is: for the embedded registry the folder of an OCI image layout.'),
  lines: z.array(line).meta({ description: 'Every line that was tried, oldest first.' }),
  tags: textMap('Tag to digest.'),
  digests: textMap('Line to digest.'),
  sbomUrls: textMap('Line to the URL of its SPDX document.'),
  latest: text('The digest that the tag `latest` points to.'),
  owner: text('The identity of this resource in the registry, kept for life.').optional(),
  traceId: text('Names the last build in messages.'),
  createdAt: text('When it was first created, as an ISO time.'),
  tenant: text('The identifier before the name.'),
  registry: text('The registry that it is published to.'),
  drift: texts('How a refresh found the registry to differ from this state; the next update mends it.').optional(),
  unfinished: text('Why the last build did not come to its end; the next update goes on with it.').optional(),
  untagged: texts('Builds that an unfinished build has left in the registry without a tag, by digest.').optional(),
});

const certificate = z
  .object({
    file: text('The file it is in.'),
    subject: text('Whom it names.'),
    issuer: text('Who signed it.'),
    serialNumber: text('In hexadecimal.'),
    fingerprint: text('SHA-256 in hexadecimal with colons.'),
    validFrom: text('ISO time.'),
    validTo: text('ISO time.'),
  })
  .meta({ id: 'BundleCertificate', description: 'A certificate in a file bundle.' });

const content = z
  .object({ size: z.int().meta({ description: 'In bytes.' }), digest: text('SHA-256 of the content.') })
  .meta({ id: 'BundleContent', description: 'A file of a file bundle.' });

/** What a file bundle gives, beside its inputs. */
export const bundleOutputFields = z.object({
  reference: text('What `PrivateImage.fileBundles` takes: `<tenant>/<name>@<digest>`. Known in a preview.'),
  version: text('The digest of the content.'),
  contents: z.record(z.string(), content).meta({ description: 'By file name.' }),
  certificates: z.array(certificate).meta({ description: 'Every certificate in the files.' }),
  owner: text('The identity of this resource in the registry, kept for life.').optional(),
  tenant: text('The identifier before the name.'),
  registry: text('The registry that it is published to.'),
  unfinished: text('Why it was not published to its end; the next update goes on with it.').optional(),
});
