import { createHash, X509Certificate } from 'node:crypto';
import type { ApkRecipe } from './apk-recipe.js';
import type { ApkRecord } from './apk-record.js';
import { pemOf } from './certificate.js';
import { imageError } from './image-error.js';
import { addToTruststore } from './java-truststore.js';
import type { RecipeCertificate } from './recipe.js';
import { rootFile } from './root-file-system.js';
import type { RootFileSystem } from './root-file-system.js';

interface Trusted {
  /** What a Java key store has it under. */
  readonly alias: string;
  readonly der: Buffer;
  /** As it is written to a bundle. */
  readonly pem: string;
  /** sha256 of the DER form, hex. */
  readonly fingerprint: string;
}

const localFolder = 'usr/local/share/ca-certificates';
const truststores = ['etc/ssl/certs/java/cacerts'];
const bundles = ['etc/ssl/certs/ca-certificates.crt', 'var/lib/ecs/deps/execute-command/certs/tls-ca-bundle.pem'];

/**
 * Trusts the certificates of the configuration and of the packages that provide one of the names it states, as apko does it: they
 * are added to the bundles and Java key stores that packages bring. `created` is in seconds since the epoch. Throws `image/bad-certificate`.
 */
export async function trustConfiguredCertificates(
  root: RootFileSystem,
  apk: ApkRecipe,
  packages: readonly ApkRecord[],
  created: number,
): Promise<void> {
  const added: Trusted[] = [];
  for (const { name, content } of apk.additionalCertificates ?? []) {
    const certificate = readCertificate(content);
    if (certificate === undefined) throw unreadable(name);
    root.writeFile(`${localFolder}/${name}-${certificate.fingerprint}.crt`, certificate.pem, rootFile);
    added.push({ ...certificate, alias: `${name}-${certificate.fingerprint}` });
  }
  const providers = new Set(apk.certificateProviders ?? []);
  const paths = packages
    .filter(({ info }) => info.provides.some((atom) => providers.has(atom)))
    .flatMap(({ entries }) => entries.filter(({ type }) => type !== 'directory'))
    .map(({ path }) => path)
    .filter((path) => path.startsWith(`${localFolder}/`) && /\.(?:crt|pem)$/.test(path) && root.exists(path))
    .sort();
  const contents = await root.read(paths);
  for (const path of paths) {
    const certificate = readCertificate(contents.get(path)?.toString('latin1') ?? '');
    if (certificate !== undefined) added.push(certificate);
  }
  await addToBundles(root, added, created);
}

/** Trusts the certificates of file bundles: files of their own, and in every bundle. Throws `image/bad-certificate`. */
export async function trustBundledCertificates(
  root: RootFileSystem,
  certificates: readonly RecipeCertificate[],
  created: number,
): Promise<void> {
  const added = [...certificates]
    .sort((left, right) => (left.name < right.name ? -1 : 1))
    .map(({ name, pem }) => {
      const certificate = readCertificate(pem);
      if (certificate === undefined) throw unreadable(name);
      root.writeFile(`${localFolder}/${name}`, certificate.pem, rootFile);
      return { ...certificate, alias: name.replace(/\.crt$/, '') };
    });
  // An image without certificates of its own trusts these.
  const [main = ''] = bundles;
  if (added.length > 0 && !root.exists(main)) root.writeFile(main, '', rootFile);
  await addToBundles(root, added, created);
}

async function addToBundles(root: RootFileSystem, certificates: readonly Trusted[], created: number): Promise<void> {
  if (certificates.length === 0) return;
  const text = certificates.map(({ pem }) => `${pem}\n`).join('');
  for (const bundle of bundles) if (root.exists(bundle)) await appendTo(root, bundle, text);
  const entries = certificates.map(({ alias, der }) => ({ alias, certificate: der }));
  for (const path of truststores) {
    if (!root.exists(path)) continue;
    const real = root.realPath(path) ?? path;
    const before = (await root.read([real])).get(real) ?? Buffer.alloc(0);
    root.writeFile(real, addToTruststore(before, entries, created, path), root.entry(real) ?? rootFile);
  }
}

async function appendTo(root: RootFileSystem, path: string, text: string): Promise<void> {
  const real = root.realPath(path);
  const before = real === undefined ? Buffer.alloc(0) : ((await root.read([real])).get(real) ?? Buffer.alloc(0));
  const there = real === undefined ? undefined : root.entry(real);
  const attributes = there === undefined ? rootFile : { mode: there.mode, uid: there.uid, gid: there.gid };
  root.writeFile(real ?? path, Buffer.concat([before, Buffer.from(text)]), attributes);
}

/** The one certificate in `text`, in the form that all writers of PEM agree on; undefined when there is none, or more. */
function readCertificate(text: string): Trusted | undefined {
  const blocks = text.match(/-----BEGIN [A-Z0-9 ]+-----[\s\S]*?-----END [A-Z0-9 ]+-----/g) ?? [];
  const [block] = blocks;
  if (block === undefined || blocks.length > 1 || !block.startsWith('-----BEGIN CERTIFICATE-----')) return undefined;
  try {
    const { raw } = new X509Certificate(block);
    const fingerprint = createHash('sha256').update(raw).digest('hex');
    return { alias: `pkg-${fingerprint}`, der: raw, pem: pemOf(raw), fingerprint };
  } catch {
    return undefined;
  }
}

function unreadable(name: string): Error {
  return imageError('image/bad-certificate', `${name} is no X.509 certificate in PEM form, or more than one`, {
    hint: 'A certificate starts with -----BEGIN CERTIFICATE-----.',
    data: { certificate: name },
  });
}
