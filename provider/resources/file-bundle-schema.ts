import { z } from 'zod';
import type { BundleRequest } from '../creator/request.js';
import { type CertificateFacts, lookForCertificates } from './certificates.js';
import { faultsOf, propertyPath } from './faults.js';
import { readFileMap } from './file-archive.js';
import { type FileSources, readFileContent } from './file-content.js';
import { mostBytes, mostFiles } from './file-limits.js';
import { nameSchema } from './private-image-schema.js';
import type { CheckFailure, Properties } from './resource.js';
import { holdsUnknown } from './unknown.js';

/** Where certificates lie in an image (SPECIFICATION, file bundle). */
export const certificatesPath = '/usr/local/share/ca-certificates/';

/** Linux takes names of at most so many bytes, and paths of 4096 with the name of a file at their end. */
const mostNameBytes = 255;
const mostPathBytes = 4096 - 2 - mostNameBytes;
/** What readers of archives take, ours among them, the file at its end included. */
const mostLevels = 128;

const pathSchema = z
  .string('a path is a text')
  .regex(/^\//u, 'a path is absolute: it starts with "/"')
  .refine((value) => !value.includes('\\'), 'a path has no backslash')
  .refine((value) => !value.split('/').includes('..'), 'a path has no ".."')
  .refine((value) => !/\p{Cc}/u.test(value), 'a path has no control characters')
  .refine(
    (value) => !value.split('/').some((part) => part.startsWith('.wh.')),
    'a path has no names that begin with ".wh.": they mean deletion in an image layer',
  )
  .refine(
    (value) => value.split('/').every((part) => Buffer.byteLength(part) <= mostNameBytes),
    `a path has names of at most ${mostNameBytes} bytes`,
  )
  .refine(
    (value) => value.split('/').filter((part) => part !== '').length < mostLevels,
    `a path has fewer than ${mostLevels} levels`,
  )
  .refine((value) => Buffer.byteLength(value) <= mostPathBytes, `a path has at most ${mostPathBytes} bytes`);

const fileType = { oneOf: [{ type: 'string' }, { $ref: 'pulumi.json#/Asset' }] };

/** The inputs of a file bundle, with what they are for: the definition that schemas are made from. */
export const fileBundleSchema = z.strictObject({
  name: nameSchema.meta({
    description: '2–40 characters of a-z, 0-9 and "-", first and last a letter. A change replaces the bundle.',
    examples: ['corporate-ca'],
  }),
  type: z.enum(['certificates', 'other'], 'a bundle\'s type is "certificates" or "other"').meta({
    description: '`certificates`: public certificates that the image trusts. `other`: any files but certificates.',
    examples: ['certificates'],
  }),
  path: pathSchema.optional().meta({
    description: `The folder in the image, absolute. Certificates always go to \`${certificatesPath}\`.`,
    examples: ['/etc/app'],
  }),
  description: z
    .string('a description is a text')
    .optional()
    .meta({ description: 'Free text.', examples: ["The company's certificate authority"] }),
  files: z.record(z.string(), z.unknown(), 'files is a map of file name to content, or an archive').meta({
    description:
      'File name to content: a text or an asset; or an archive: a folder, a .tar, .tar.gz, .tgz or .zip. At most 20 files of at most 1 MB.',
    examples: [{ 'app.conf': 'level = info' }],
    pulumi: { oneOf: [{ type: 'object', additionalProperties: fileType }, { $ref: 'pulumi.json#/Archive' }] },
  }),
});

/** What a bundle's inputs come to once they have been read. */
export interface CheckedBundle {
  readonly failures: readonly CheckFailure[];
  /** Undefined while something is wrong or not computed yet. */
  readonly request: BundleRequest | undefined;
  readonly certificates: readonly (CertificateFacts & { readonly file: string })[];
}

/** What is wrong with a bundle's inputs before its files are looked at. */
export function formFaults(inputs: Properties, unknown: string): readonly CheckFailure[] {
  const result = fileBundleSchema.safeParse(inputs);
  return [...(result.success ? [] : faultsOf(result.error, inputs, unknown)), ...pathFaults(inputs, unknown)];
}

/** Checks a bundle's inputs and reads its files. Every fault is found at once. */
export async function readFileBundle(
  inputs: Properties,
  unknown: string,
  sources: FileSources,
): Promise<CheckedBundle> {
  const result = fileBundleSchema.safeParse(inputs);
  const failures = [...formFaults(inputs, unknown)];
  const files = new Map<string, Buffer>();
  const certificates: (CertificateFacts & { readonly file: string })[] = [];
  const read = await readFileMap(inputs['files'], sources);
  const given = 'files' in read ? Object.entries(read.files).sort(([left], [right]) => (left < right ? -1 : 1)) : [];
  if ('fault' in read) failures.push({ property: 'files', reason: read.fault });
  else failures.push(...countFaults(inputs['files'], given.length));
  for (const [file, value] of given) {
    const fault = (reason: string): number => failures.push({ property: propertyPath(['files', file]), reason });
    const nameFault = fileNameFault(file);
    if (nameFault !== undefined) fault(nameFault);
    if (holdsUnknown(value, unknown)) continue;
    const text = await readFileContent(value, sources, mostBytes);
    if ('fault' in text) {
      fault(text.fault);
      continue;
    }
    const { content } = text;
    if (content.length > mostBytes) fault(`${file} has ${content.length} bytes: at most ${mostBytes} are taken`);
    const found = lookForCertificates(content);
    const kindFault = kindFaultOf(inputs['type'], found);
    if (kindFault !== undefined) fault(kindFault);
    if (found.kind === 'certificates') certificates.push(...found.certificates.map((facts) => ({ file, ...facts })));
    files.set(file, content);
  }
  const complete = failures.length === 0 && !holdsUnknown(inputs, unknown) && result.success;
  if (!complete) return { failures, request: undefined, certificates };
  const { name, type, path, description } = result.data;
  return {
    failures,
    request: { name, type, path: folderOf(path ?? certificatesPath), description, files: Object.fromEntries(files) },
    certificates,
  };
}

/** A folder in its one form: no doubled, single-dot or final slashes but for the certificates' own. */
export function folderOf(path: string): string {
  const folder = `/${path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/')}`;
  return `${folder}/` === certificatesPath ? certificatesPath : folder;
}

function countFaults(files: unknown, count: number): readonly CheckFailure[] {
  if (typeof files !== 'object' || files === null || Array.isArray(files)) return [];
  if (count === 0) return [{ property: 'files', reason: 'a bundle has at least one file' }];
  if (count <= mostFiles) return [];
  return [{ property: 'files', reason: `${count} files: a bundle has at most ${mostFiles}` }];
}

function pathFaults({ type, path }: Properties, unknown: string): readonly CheckFailure[] {
  if (type === 'other' && path === undefined) {
    return [{ property: 'path', reason: 'a bundle of type "other" needs the folder that its files go to' }];
  }
  if (type !== 'certificates' || typeof path !== 'string' || path === unknown || !path.startsWith('/')) return [];
  if (folderOf(path) === certificatesPath) return [];
  return [{ property: 'path', reason: `certificates always go to ${certificatesPath}: leave the path out` }];
}

function fileNameFault(name: string): string | undefined {
  if (name === '' || name === '.' || name === '..') return `${JSON.stringify(name)} is no file name`;
  if (/[/\\]|\p{Cc}/u.test(name))
    return `${JSON.stringify(name)}: a file name has no "/", no backslash and no control characters`;
  if (name.startsWith('.wh.')) return `${name}: names that begin with ".wh." mean deletion in an image layer`;
  return Buffer.byteLength(name) > mostNameBytes
    ? `${name}: a file name has at most ${mostNameBytes} bytes`
    : undefined;
}

function kindFaultOf(type: unknown, found: ReturnType<typeof lookForCertificates>): string | undefined {
  if (type === 'certificates') {
    if (found.kind === 'private key') return 'this is a private key: only public certificates are taken';
    if (found.kind === 'key store') {
      return 'this is a key store, which can hold a private key: only public certificates are taken; export them as PEM';
    }
    if (found.kind === 'certificates in PKCS #7')
      return 'these are certificates in PKCS #7: write them as PEM, with "openssl pkcs7 -print_certs"';
    if (found.kind === 'damaged') return `this certificate cannot be read: ${found.reason}`;
    if (found.kind === 'other') return 'this is no certificate in PEM or DER: use a bundle of type "other"';
  }
  if (type === 'other' && found.kind === 'certificates')
    return 'this is a certificate: it belongs in a bundle of type "certificates"';
  return undefined;
}
