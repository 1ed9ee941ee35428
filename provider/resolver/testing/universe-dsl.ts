import type { Package } from '../../packages/package.js';
import { nearestNames } from '../../packages/spelling.js';
import type { Conflict, Implication, NearMiss, Requirement, Universe } from '../../packages/universe.js';

/** `name`, or `name` with a comparison and a whole number: `libfoo>=2`. */
export interface Atom {
  readonly name: string;
  readonly sign: '<' | '<=' | '=' | '>=' | '>' | undefined;
  readonly version: number;
}

/** A package of a universe in words. */
export interface WordPackage extends Package {
  readonly number: number;
  /** Each a list of alternatives. */
  readonly needs: readonly (readonly Atom[])[];
  readonly bars: readonly Atom[];
  readonly gives: readonly { readonly name: string; readonly version: number | undefined }[];
  /** The package is wanted when all of these are there; empty for never. */
  readonly when: readonly Atom[];
}

/** What two packages may be in a universe in words. */
export interface WordRules {
  /** Two packages that give one name with a version exclude each other, as apk has it. */
  readonly exclusiveProvides?: boolean;
  /** Requests of these names and requirements of them are met without a package. */
  readonly assumed?: readonly string[];
}

/**
 * The packages of `text`, one a line:
 *
 * ```
 * web=2 needs lib>=2, mail|relay bars old<2 gives httpd=1 when docs, web
 * ```
 */
export function packagesInWords(text: string): readonly WordPackage[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map(packageInWords);
}

/** A universe of packages in words. Candidates: alternatives as written, the real package first, newest first. */
export function universeInWords(packages: readonly WordPackage[], rules: WordRules = {}): Universe<WordPackage> {
  const implications = packages
    .filter((one) => one.when.length > 0)
    .map(
      (candidate): Implication<WordPackage> => ({
        text: `${candidate.name} when ${candidate.when.map(textOf).join(', ')}`,
        conditions: candidate.when.map((atom) => requirementOf([atom])),
        candidate,
      }),
    );

  function requirementOf(alternatives: readonly Atom[]): Requirement<WordPackage> {
    const text = alternatives.map(textOf).join(' | ');
    const assumed = alternatives.find((atom) => rules.assumed?.includes(atom.name) === true)?.name;
    const candidates = [...new Set(alternatives.flatMap(matching))];
    return assumed === undefined ? { text, candidates } : { text, candidates: [], assumed };
  }

  function matching(atom: Atom): readonly WordPackage[] {
    return packages
      .filter((one) => meets(one, atom))
      .toSorted(
        (left, right) =>
          Number(right.name === atom.name) - Number(left.name === atom.name) || right.number - left.number,
      );
  }

  function conflicts(one: WordPackage): readonly Conflict<WordPackage>[] {
    const found: Conflict<WordPackage>[] = [
      {
        text: `only one version of ${one.name}`,
        candidates: packages.filter((other) => other !== one && other.name === one.name),
      },
    ];
    for (const atom of one.bars) {
      found.push({
        text: `bars ${textOf(atom)}`,
        candidates: matching(atom).filter((other) => other.name !== one.name),
      });
    }
    if (rules.exclusiveProvides === true) {
      const rivals = packages.filter((other) => other.name !== one.name && givesSame(one, other));
      found.push({ text: 'gives the same', candidates: rivals });
    }
    return found;
  }

  function nearMisses(requirement: Requirement<WordPackage>): readonly NearMiss[] {
    return requirement.text.split(' | ').flatMap((text): readonly NearMiss[] => {
      const { name } = atomInWords(text);
      const versions = packages
        .filter((one) => one.name === name)
        .toSorted((left, right) => right.number - left.number);
      const [newest] = versions;
      if (newest === undefined) {
        const names = nearestNames(name, new Set(packages.map((one) => one.name)));
        return names.map((spelling) => ({
          name: spelling,
          version: undefined,
          kind: 'spelling',
          reason: 'other spelling',
        }));
      }
      return [{ name, version: newest.version, kind: 'version', reason: `the newest ${name} is ${newest.version}` }];
    });
  }

  return {
    request: (text) => requirementOf(text.split('|').map((part) => atomInWords(part.trim()))),
    requirements: (one) => one.needs.map(requirementOf),
    conflicts,
    implications: (one) =>
      implications.filter((implication) =>
        implication.conditions.some((condition) => condition.candidates.includes(one)),
      ),
    nearMisses,
  };
}

/** True when `one` is, or gives, what `atom` asks for. */
export function meets(one: WordPackage, atom: Atom): boolean {
  if (one.name === atom.name && compares(one.number, atom)) return true;
  return one.gives.some((given) => {
    if (given.name !== atom.name) return false;
    return atom.sign === undefined || (given.version !== undefined && compares(given.version, atom));
  });
}

/** True when both give a name, or one gives what the other is called, and the gift has a version. */
export function givesSame(left: WordPackage, right: WordPackage): boolean {
  const names = (one: WordPackage) => [
    one.name,
    ...one.gives.filter((given) => given.version !== undefined).map((given) => given.name),
  ];
  return names(left).some((name) => names(right).includes(name));
}

/** `libfoo>=2` as an atom. */
export function atomInWords(text: string): Atom {
  const groups = /^(?<name>[a-z][a-z0-9.-]*?)(?:(?<sign><=|>=|<|=|>)(?<version>\d+))?$/.exec(text)?.groups;
  if (groups?.['name'] === undefined) throw new SyntaxError(`Not an atom: ${text}`);
  const sign = groups['sign'] as Atom['sign'];
  return { name: groups['name'], sign, version: Number(groups['version'] ?? 0) };
}

function textOf({ name, sign, version }: Atom): string {
  return sign === undefined ? name : `${name}${sign}${version}`;
}

function compares(version: number, { sign, version: other }: Atom): boolean {
  switch (sign) {
    case undefined:
      return true;
    case '<':
      return version < other;
    case '<=':
      return version <= other;
    case '=':
      return version === other;
    case '>=':
      return version >= other;
    case '>':
      return version > other;
  }
}

function packageInWords(line: string): WordPackage {
  const [head = '', ...parts] = line.split(/\s+(needs|bars|gives|when)\s+/);
  const { name, version } = atomInWords(head);
  const list = (word: string): readonly string[] => {
    const at = parts.indexOf(word);
    return at === -1 ? [] : (parts[at + 1] ?? '').split(',').map((part) => part.trim());
  };
  return {
    format: 'deb',
    name,
    version: String(version),
    number: version,
    architecture: 'all',
    origin: { name, version: String(version) },
    description: name,
    homepage: undefined,
    maintainer: undefined,
    license: undefined,
    installedSize: 0,
    archive: { url: `file:///${name}`, size: 0, checksum: { algorithm: 'sha256', value: '' } },
    repository: 'words',
    needs: list('needs').map((group) => group.split('|').map((part) => atomInWords(part.trim()))),
    bars: list('bars').map(atomInWords),
    gives: list('gives').map((part) => {
      const given = atomInWords(part);
      return { name: given.name, version: given.sign === undefined ? undefined : given.version };
    }),
    when: list('when').map(atomInWords),
  };
}
