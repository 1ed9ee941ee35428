import { alternativesFile } from '../packages/deb/alternatives-file.js';
import { infoFiles, infoName } from '../packages/deb/dpkg-info.js';
import { dpkgStanza } from '../packages/deb/dpkg-status.js';
import { triggerFiles } from '../packages/deb/dpkg-triggers.js';
import { installedRecordSchema } from '../packages/deb/installed-record.js';
import type { InstalledRecord } from '../packages/deb/installed-record.js';
import type { Store } from '../store/store.js';
import { linkedAlternatives } from './alternatives.js';
import type { LaidPackage } from './lay-packages.js';
import { layoutPath } from './package-layout.js';
import type { Replacement } from './replacement.js';
import { rootDirectory, rootFile } from './root-file-system.js';
import type { RootFileSystem } from './root-file-system.js';

const database = 'var/lib/dpkg';
/** https://manpages.debian.org/dpkg-query.1: the second has a name for every architecture. */
const infoFormat = '1\n';

/**
 * Writes dpkg's own database as dpkg would have left it after it had installed `packages`: status, files with checksums, scripts for
 * later removal and upgrade, triggers, diversions and alternatives. To be called when all else of the packages is in place.
 */
export async function writeDpkgDatabase(
  root: RootFileSystem,
  store: Store,
  packages: readonly LaidPackage[],
  replacements: readonly Replacement[],
): Promise<void> {
  const installed = await Promise.all(
    packages.map(async (laid) => ({ laid, record: await recordOf(store, laid.segment.record) })),
  );
  const stanzas: string[] = [];
  const triggers: (readonly [string, string])[] = [];
  root.writeFile(`${database}/info/format`, infoFormat, rootFile);
  for (const { laid, record } of installed) {
    if (record === undefined) continue;
    for (const { name, content, mode } of infoFiles(record, isThere(root, laid)))
      root.writeFile(`${database}/info/${name}`, content, { ...rootFile, mode });
    stanzas.push(dpkgStanza(record));
    triggers.push([infoName(record), Buffer.from(record.files['triggers'] ?? '', 'base64').toString('utf8')]);
  }
  root.writeFile(`${database}/status`, stanzas.map((stanza) => `${stanza}\n`).join(''), rootFile);
  for (const { name, content } of triggerFiles(triggers))
    root.writeFile(`${database}/triggers/${name}`, content, rootFile);
  for (const folder of ['alternatives', 'parts', 'updates']) root.directory(`${database}/${folder}`, rootDirectory);
  for (const [name, one] of linkedAlternatives(root, replacements))
    root.writeFile(`${database}/alternatives/${name}`, alternativesFile(one), rootFile);
  const names = new Set(packages.map((laid) => laid.recipe.package.name));
  root.writeFile(`${database}/diversions`, diversionsFile(replacements, names), rootFile);
}

async function recordOf(store: Store, digest: LaidPackage['segment']['record']): Promise<InstalledRecord | undefined> {
  if (digest === undefined) return undefined;
  return installedRecordSchema.parse(JSON.parse((await store.read(digest)).toString('utf8')));
}

/** Whether a path of a package's archive is in the image, and the package's own. */
function isThere(root: RootFileSystem, { settings }: LaidPackage): (path: string) => boolean {
  const lost = new Set(settings.dropped);
  return (path) => {
    const place = layoutPath(path.replace(/^\/+/, ''), settings);
    return !lost.has(place) && root.entry(place) !== undefined;
  };
}

/** Three lines each: what is diverted, where to, and by whom. */
function diversionsFile(replacements: readonly Replacement[], packages: ReadonlySet<string>): string {
  return replacements
    .flatMap((one) => (one.kind === 'diversion' && packages.has(one.byPackage) ? [one] : []))
    .map(({ path, to, byPackage }) => `${path}\n${to}\n${byPackage}\n`)
    .join('');
}
