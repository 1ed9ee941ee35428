import { addToTruststore } from './java-truststore.js';
import { parseCertificate } from './certificate.js';
import type { Certificate } from './certificate.js';
import type { RecipeCertificate } from './recipe.js';
import { rootDirectory, rootFile } from './root-file-system.js';
import type { RootFileSystem } from './root-file-system.js';

const packagedFolder = 'usr/share/ca-certificates';
const localFolder = 'usr/local/share/ca-certificates';
const linkFolder = 'etc/ssl/certs';
const bundle = `${linkFolder}/ca-certificates.crt`;
/** Where Debian's OpenSSL looks when it is told nothing. */
const opensslFolder = 'usr/lib/ssl/certs';
/** The program that does all this on a machine, and its list of what packages bring that is to be trusted. */
const updater = 'usr/sbin/update-ca-certificates';
const updaterList = 'etc/ca-certificates.conf';
/** Where Debian's Java runtimes look, through a link of each. */
const javaFolder = 'usr/lib/jvm';
const javaStore = `${linkFolder}/java/cacerts`;

interface NamedCertificate extends Certificate {
  /** Relative to the root. */
  readonly path: string;
  /** The name of its link in /etc/ssl/certs. */
  readonly link: string;
}

/**
 * What `update-ca-certificates` makes of the certificates that packages bring: the bundle that GnuTLS, curl and most programs
 * read, the folder of links by name and by subject that OpenSSL reads, and where there is Java its key store. Where the program
 * itself is in the image, it finds its list.
 */
export async function trustPackagedCertificates(root: RootFileSystem): Promise<void> {
  const packaged = await packagedCertificates(root);
  writeBundle(root, packaged);
  writeLinks(root, packaged, []);
  writeJavaStore(root, packaged);
  if (root.exists(updater) && root.entry(updaterList) === undefined)
    root.writeFile(updaterList, updaterListOf(packaged), rootFile);
  if (!root.exists(opensslFolder)) root.symlink(opensslFolder, `/${linkFolder}`);
}

/** Trusts `certificates` beside the packaged ones. Throws `image/bad-certificate`. */
export async function trustCertificates(
  root: RootFileSystem,
  certificates: readonly RecipeCertificate[],
): Promise<void> {
  if (certificates.length === 0) return;
  const packaged = await packagedCertificates(root);
  const added = [...certificates]
    .sort((left, right) => (left.name < right.name ? -1 : 1))
    .map(({ name, pem }) => named(`${localFolder}/${name}`, pem));
  for (const { path, pem } of added) root.writeFile(path, pem, rootFile);
  writeBundle(root, [...packaged, ...added]);
  writeLinks(root, added, packaged);
  writeJavaStore(root, [...packaged, ...added]);
  if (!root.exists(opensslFolder)) root.symlink(opensslFolder, `/${linkFolder}`);
}

async function packagedCertificates(root: RootFileSystem): Promise<readonly NamedCertificate[]> {
  const paths = root
    .below(packagedFolder)
    .filter((entry) => entry.type === 'file' && entry.path.endsWith('.crt'))
    .map((entry) => entry.path);
  const contents = await root.read(paths);
  return paths.map((path) => named(path, contents.get(path)?.toString('latin1') ?? ''));
}

function named(path: string, pem: string): NamedCertificate {
  const base = path.slice(path.lastIndexOf('/') + 1).replace(/\.crt$/, '');
  const link = `${base.replaceAll(' ', '_').replaceAll(/[()]/g, '=').replaceAll(',', '_')}.pem`;
  return { path, link, ...parseCertificate(pem, `/${path}`) };
}

function writeBundle(root: RootFileSystem, certificates: readonly NamedCertificate[]): void {
  root.directory(linkFolder, rootDirectory);
  root.writeFile(bundle, certificates.map(({ pem }) => pem).join(''), rootFile);
}

/** As the script of ca-certificates writes it, when it is told to trust everything. */
function updaterListOf(certificates: readonly NamedCertificate[]): string {
  const lines = certificates.map(({ path }) => path.slice(packagedFolder.length + 1));
  return [
    '# Certificates below /usr/share/ca-certificates that are trusted; one with ! before it is not.',
    ...lines,
    '',
  ].join('\n');
}

/**
 * As ca-certificates-java does it, which would have to run Java. The store is a function of the certificates alone: its entries have no
 * date.
 */
function writeJavaStore(root: RootFileSystem, certificates: readonly NamedCertificate[]): void {
  const isRead = root.below(javaFolder).some(({ linkTarget }) => linkTarget === `/${javaStore}`);
  if (!isRead) return;
  const entries = certificates.map(({ link, der }) => ({ alias: `debian:${link}`, certificate: der }));
  root.writeFile(javaStore, addToTruststore(undefined, entries, 0, javaStore), rootFile);
}

/** Links `certificates`; those of `taken` have their links already. */
function writeLinks(
  root: RootFileSystem,
  certificates: readonly NamedCertificate[],
  taken: readonly NamedCertificate[],
): void {
  const fingerprints = new Set(taken.map(({ fingerprint }) => fingerprint));
  const counts = new Map<string, number>();
  for (const { subjectHash } of taken) counts.set(subjectHash, (counts.get(subjectHash) ?? 0) + 1);
  for (const { path, link, subjectHash, fingerprint } of certificates) {
    root.symlink(`${linkFolder}/${link}`, `/${path}`);
    // Two certificates may have one subject; one certificate twice is linked once.
    if (fingerprints.has(fingerprint)) continue;
    fingerprints.add(fingerprint);
    const count = counts.get(subjectHash) ?? 0;
    counts.set(subjectHash, count + 1);
    root.symlink(`${linkFolder}/${subjectHash}.${count}`, link);
  }
}
