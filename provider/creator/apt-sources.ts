import type { Pocket, Suite } from '../catalog/distribution.js';
import { publicMirrors } from '../packages/deb/mirrors.js';

/** Public hosts by mirror: what an image says does not depend on the mirror that it was built from. */
const publicHosts: Readonly<Record<string, string>> = {
  debian: publicMirrors.debian,
  'debian-security': publicMirrors.debianSecurity,
};

/**
 * The repositories of `suite` for apt, as deb822 (https://manpages.debian.org/sources.list.5): one stanza a mirror. They are
 * trusted by the keyring `signedBy`, or else by the keys that the catalog has pinned.
 */
export function aptSources(suite: Suite, signedBy: string | undefined): string {
  const stanzas = new Map<string, Pocket[]>();
  for (const pocket of suite.pockets) stanzas.set(pocket.mirror, [...(stanzas.get(pocket.mirror) ?? []), pocket]);
  return [...stanzas]
    .map(([mirror, pockets]) =>
      [
        'Types: deb',
        `URIs: ${publicHosts[mirror] ?? publicHosts['debian'] ?? ''}`,
        `Suites: ${pockets.map((pocket) => pocket.suite).join(' ')}`,
        `Components: ${[...new Set(pockets.flatMap(({ components }) => components))].join(' ')}`,
        `Signed-By:${signedBy === undefined ? folded(suite) : ` ${signedBy}`}`,
        '',
      ].join('\n'),
    )
    .join('\n');
}

/** The keys of a suite as the value of a field with many lines. An empty line is a dot. */
function folded({ pockets }: Suite): string {
  const keys = [...new Set(pockets.flatMap(({ keyring }) => keyring))];
  const lines = keys.flatMap((key) => key.trim().split(/\r?\n/u));
  return lines.map((line) => `\n ${line.trim() === '' ? '.' : line.trimEnd()}`).join('');
}
