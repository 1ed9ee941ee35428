import { z } from 'zod';

const text = (description: string, example: string): z.ZodString =>
  z.string().meta({ description, examples: [example] });
const texts = (description: string, example: readonly string[]): z.ZodArray<z.ZodString> =>
  z.array(z.string()).meta({ description, examples: [[...example]] });
const textMap = (
  description: string,
  example: Readonly<Record<string, string>>,
): z.ZodRecord<z.ZodString, z.ZodString> => z.record(z.string(), z.string()).meta({ description, examples: [example] });

const planDigest = 'sha256:9f86d0818…';
const sbom = 'oci://registry.example.com/local/web@sha256:2c26b46b6…';

const variantFields = {
  status: text(
    '`built`: by the last run. `kept`: it fails today, and its last good build stays. `failed`: there is no build of it.',
    'built',
  ),
  version: text('The upstream version.', '3.13.5').optional(),
  digest: text('The digest of its image index.', 'sha256:b5bb9d801…').optional(),
  tags: texts('The tags on the digest, most exact first; the timestamp tag stays with it for ever.', [
    '3.13.5',
    '3.13',
    '3',
  ]),
  sbomUrl: text('Where the SPDX document of the whole line is read.', sbom).optional(),
  sbomUrls: textMap('SPDX documents by architecture.', { amd64: sbom }),
  error: text('Why it could not be built.', 'php 8.2 (bookworm, amd64): there is no package php8.2-zstd').optional(),
  errorCode: text('The stable code of that error.', 'plan/unsolvable').optional(),
};

const variant = z
  .object(variantFields)
  .meta({ id: 'ImageVariant', description: 'One variant of a line as it stands in the registry.' });

const skippedPackage = z
  .object({
    name: text('The auto package.', 'php-zstd-auto'),
    reason: text('Why the line has no compatible version.', 'php 8.2 has no php8.2-zstd'),
  })
  .meta({ id: 'SkippedPackage', description: 'An auto package for which a line has no compatible version.' });

const line = z
  .object({
    line: text('The image line.', '3.13'),
    ...variantFields,
    dev: variant.optional().meta({
      description: 'The dev variant, whose tags end in `-dev`; absent where there is none.',
      examples: [{ status: 'built', tags: ['3.13-dev'] }],
    }),
    packagesAdded: textMap('What the added packages brought in beyond the starter: name to version.', {
      libsodium23: '1.0.20-1',
    }),
    skipped: z.array(skippedPackage).meta({
      description: 'Auto packages for which the line has no compatible version.',
      examples: [[{ name: 'php-zstd-auto', reason: 'php 8.2 has no php8.2-zstd' }]],
    }),
    endOfLife: text("ISO date on which the distribution's support ends.", '2028-06-30').optional(),
    warnings: texts('What to know about the build.', ['the script of tzdata is not run']),
  })
  .meta({ id: 'ImageLine', description: 'One line of a private image as it stands in the registry.' });

const plannedDev = z
  .object({
    packages: z
      .int()
      .optional()
      .meta({ description: 'How many packages it has.', examples: [41] }),
    error: text('Why it cannot be built.', 'there is no package busybox').optional(),
  })
  .meta({ id: 'PlannedDevVariant', description: 'The dev variant of a planned line.' });

const plannedLine = z
  .object({
    version: text('The upstream version.', '3.13.5').optional(),
    suite: text('The suite of the distribution.', 'trixie'),
    endOfLife: text('ISO date on which support ends.', '2028-06-30').optional(),
    tags: texts('The version and floating tags to be.', ['3.13.5', '3.13', '3', 'latest']),
    packages: textMap('All packages of the line: name to version.', { 'python3.13-minimal': '3.13.5-2' }),
    installedSize: z
      .int()
      .optional()
      .meta({
        description:
          'Bytes that these packages take when installed, as the index of the repository states it, before documentation is left out; of the architecture where they take most.',
        examples: [48_234_496],
      }),
    skipped: texts('Auto packages without a compatible version.', ['php-zstd-auto']),
    warnings: texts('What to know before building.', ['the script of tzdata is not run']).optional(),
    dev: plannedDev
      .optional()
      .meta({ description: 'The dev variant, where there is one.', examples: [{ packages: 41 }] }),
    error: text('Why the line cannot be built.', 'there is no package php8.2-zstd').optional(),
    kept: text('The version of its last good build, which stays while the line fails.', '3.13.4').optional(),
  })
  .meta({ id: 'PlannedImageLine', description: 'One line of a plan.' });

/** The plan of an image, in the few words that a state keeps. */
export const planOutput = z
  .object({
    digest: text('Changes exactly when the image would.', planDigest),
    lines: z
      .record(z.string(), plannedLine)
      .meta({ description: 'By line.', examples: [{ '3.13': { version: '3.13.5' } }] }),
  })
  .meta({ id: 'ImagePlan', description: 'The resolved answer that an image is built from.' });

const publishing = z
  .object({
    signing: text('`none`, `key` or `keyless`.', 'key'),
    signer: text(
      'The fingerprint of the public key, or the identity; absent where it is not known beforehand.',
      'sha256:4f53cda18…',
    ).optional(),
    logged: z
      .boolean()
      .optional()
      .meta({ description: 'Whether signatures are entered in a transparency log.', examples: [true] }),
    signatureTags: z
      .boolean()
      .optional()
      .meta({ description: 'Whether signatures are also kept under the older tags.', examples: [false] }),
    mirrors: texts('Registries and folders that have the same image.', ['mirror.example.com/team']),
    retention: z
      .int()
      .optional()
      .meta({ description: 'How many old digests of each line and variant are kept; absent: all.', examples: [10] }),
  })
  .meta({ id: 'ImagePublishing', description: 'How an image is published, by the settings.' });

/** What a private image gives, beside its inputs: the definition that schemas are made from. */
export const imageOutputFields = z.object({
  plan: planOutput.meta({
    description: 'What the image is built from; known in a preview.',
    examples: [{ digest: planDigest, lines: { '3.13': { version: '3.13.5' } } }],
  }),
  publishing: publishing.optional().meta({
    description: 'How it is published: a change signs and mirrors what stands.',
    examples: [{ signing: 'key', mirrors: [] }],
  }),
  status: text('`created`, `some lines created`, `in progress` or `image build failed`.', 'created'),
  repository: text(
    'Where it is: for the embedded registry the folder of an OCI image layout. Known in a preview.',
    'registry.example.com/local/web',
  ),
  lines: z.array(line).meta({
    description: 'Every line that was tried, oldest first.',
    examples: [[{ line: '3.13', status: 'built', version: '3.13.5' }]],
  }),
  tags: textMap('Tag to digest.', { latest: 'sha256:b5bb9d801…' }),
  digests: textMap('Line to digest.', { '3.13': 'sha256:b5bb9d801…' }),
  sbomUrls: textMap('Line to the URL of its SPDX document.', { '3.13': sbom }),
  latest: text(
    'The digest that the tag `latest` points to. Known in a preview where all digests are.',
    'sha256:b5bb9d801…',
  ),
  owner: text(
    'The identity of this resource in the registry, kept for life.',
    '0d8f7a52-6f0e-4a43-9b0c-2f6f1f0c7f11',
  ).optional(),
  traceId: text('Names the last build in messages.', '4bf92f3577b34da6'),
  createdAt: text('When it was first created, as an ISO time.', '2026-03-01T12:00:00.000Z'),
  tenant: text('The identifier before the name.', 'local'),
  registry: text('The registry that it is published to.', 'registry.example.com'),
  drift: texts('How a refresh found the registry to differ from this state; the next update mends it.', [
    'the tag 3.13 is missing',
  ]).optional(),
  unfinished: text(
    'Why the last build did not come to its end; the next update goes on with it.',
    'it was cancelled',
  ).optional(),
  untagged: texts('Builds that an unfinished build has left in the registry without a tag, by digest.', [
    'sha256:b5bb9d801…',
  ]).optional(),
});

const certificate = z
  .object({
    file: text('The file it is in.', 'root.crt'),
    subject: text('Whom it names.', 'CN=Example Root'),
    issuer: text('Who signed it.', 'CN=Example Root'),
    serialNumber: text('In hexadecimal.', '0A1B2C'),
    fingerprint: text('SHA-256 in hexadecimal with colons.', '9F:86:D0:81:…'),
    validFrom: text('ISO time.', '2026-01-01T00:00:00.000Z'),
    validTo: text('ISO time.', '2036-01-01T00:00:00.000Z'),
  })
  .meta({ id: 'BundleCertificate', description: 'A certificate in a file bundle.' });

const content = z
  .object({
    size: z.int().meta({ description: 'In bytes.', examples: [1224] }),
    digest: text('SHA-256 of the content.', 'sha256:2c26b46b6…'),
  })
  .meta({ id: 'BundleContent', description: 'A file of a file bundle.' });

/** What a file bundle gives, beside its inputs. */
export const bundleOutputFields = z.object({
  reference: text(
    'What `PrivateImage.fileBundles` takes: `<tenant>/<name>@<digest>`. Known in a preview.',
    'local/corporate-ca@sha256:…',
  ),
  version: text('The digest of the content.', 'sha256:2c26b46b6…'),
  contents: z
    .record(z.string(), content)
    .meta({ description: 'By file name.', examples: [{ 'root.crt': { size: 1224 } }] }),
  certificates: z.array(certificate).meta({
    description: 'Every certificate in the files.',
    examples: [[{ file: 'root.crt', subject: 'CN=Example Root' }]],
  }),
  owner: text(
    'The identity of this resource in the registry, kept for life.',
    '0d8f7a52-6f0e-4a43-9b0c-2f6f1f0c7f11',
  ).optional(),
  tenant: text('The identifier before the name.', 'local'),
  registry: text('The registry that it is published to.', 'registry.example.com'),
  unfinished: text(
    'Why it was not published to its end; the next update goes on with it.',
    'it was cancelled',
  ).optional(),
});
