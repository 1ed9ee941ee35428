/**
 * How the packages of one language, or of one program, are named across its lines: data of the catalog.
 *
 * A name is a template. `<line>` stands for the line as it is (`8.4`), `<joined>` for its digits (`84`), `<major>` for its
 * first number (`3`), `<name>` for what the package is about (`curl`). The templates of all distributions stand together,
 * so that a family is the same everywhere.
 */
export interface AutoScheme {
  /** What the scheme is of, as `php`; also the family of the packages whose template has no `<name>`. */
  readonly name: string;
  /** What an auto package is called, as `php-<name>-auto`; undefined when there are none, and the scheme is for families alone. */
  readonly auto?: string | undefined;
  /** Most exact first, as `php<line>-<name>` before `php-<name>`: the first that exists for a line is taken. */
  readonly packages: readonly string[];
  /** What ends the name of a package that is only there for the one without it, as `-config`. */
  readonly dependencySuffixes?: readonly string[] | undefined;
}

/** A package that a starter contains. */
export interface ContainedPackage {
  readonly name: string;
  readonly version: string;
}

/** A request that cannot be added, because the starter has a version of it already. */
export interface BlockedFamily {
  /** As it was asked for. */
  readonly requested: string;
  readonly family: string;
  /** What the starter has of the family. */
  readonly contained: ContainedPackage;
}

const autoSuffix = '-auto';
const patterns: Readonly<Record<string, string>> = {
  line: '(?<line>\\d+(?:\\.\\d+)*)',
  joined: '(?<joined>\\d+)',
  major: '(?<major>\\d+)',
  name: '(?<name>[a-z0-9][a-z0-9+._-]*)',
};

/** True when `name` is that of an auto package, whether or not there is one of that name. */
export function isAutoName(name: string): boolean {
  return name.endsWith(autoSuffix) && name.length > autoSuffix.length;
}

/**
 * The auto package of `packageName`: `php-curl-auto` for `php8.4-curl`. Undefined when no scheme takes it in, and for a package
 * that is only there for another: `has` says which packages there are.
 */
export function autoName(
  schemes: readonly AutoScheme[],
  packageName: string,
  has: (name: string) => boolean,
): string | undefined {
  for (const scheme of schemes) {
    const subject = subjectOf(scheme, packageName);
    if (subject === undefined) continue;
    if (scheme.auto === undefined || subject === '' || isDependencyOnly(scheme, packageName, has)) return undefined;
    return fill(scheme.auto, { name: subject });
  }
  return undefined;
}

/**
 * The packages that `auto` may become in `line`, best first, of those that `has` knows; empty when the line has none, and
 * undefined when no scheme has auto packages of that form.
 */
export function autoCandidates(
  schemes: readonly AutoScheme[],
  auto: string,
  line: string,
  has: (name: string) => boolean,
): readonly string[] | undefined {
  for (const scheme of schemes) {
    const name = scheme.auto === undefined ? undefined : matcherOf(scheme.auto).exec(auto)?.groups?.['name'];
    if (name === undefined) continue;
    const values = { line, joined: line.replaceAll('.', ''), major: line.split('.')[0] ?? line, name };
    const names = scheme.packages
      .filter((template) => template.includes('<name>'))
      .map((template) => fill(template, values));
    return [...new Set(names)].filter((one) => has(one) && !isDependencyOnly(scheme, one, has));
  }
  return undefined;
}

/**
 * The family of a package or auto package: the same for `php-8.3-curl`, `php8.4-curl` and `php-curl-auto`. A package that no
 * scheme takes in is a family of its own.
 */
export function familyOf(schemes: readonly AutoScheme[], name: string): string {
  for (const scheme of schemes) {
    const subject = subjectOf(scheme, name);
    if (subject !== undefined) return subject === '' ? scheme.name : `${scheme.name}-${subject}`;
  }
  return name;
}

/** Which of the `requested` names belong to a family that the starter contains; each once, in the order asked. */
export function blockedFamilies(
  schemes: readonly AutoScheme[],
  contained: readonly ContainedPackage[],
  requested: readonly string[],
): readonly BlockedFamily[] {
  const byFamily = new Map<string, ContainedPackage>();
  for (const one of contained) {
    const family = familyOf(schemes, one.name);
    if (!byFamily.has(family)) byFamily.set(family, one);
  }
  return [...new Set(requested)].flatMap((name) => {
    const family = familyOf(schemes, name);
    const found = byFamily.get(family);
    return found === undefined ? [] : [{ requested: name, family, contained: found }];
  });
}

/** What `name` is about in `scheme`: `curl`; empty for the language itself; undefined when it is not of the scheme. */
function subjectOf(scheme: AutoScheme, name: string): string | undefined {
  const templates = isAutoName(name) && scheme.auto !== undefined ? [scheme.auto, ...scheme.packages] : scheme.packages;
  for (const template of templates) {
    const match = matcherOf(template).exec(name);
    if (match !== null) return match.groups?.['name'] ?? '';
  }
  return undefined;
}

function isDependencyOnly(scheme: AutoScheme, name: string, has: (name: string) => boolean): boolean {
  return (scheme.dependencySuffixes ?? []).some(
    (suffix) => name.endsWith(suffix) && has(name.slice(0, -suffix.length)),
  );
}

function matcherOf(template: string): RegExp {
  const source = template
    .split(/<(line|joined|major|name)>/)
    .map((part, at) => (at % 2 === 1 ? (patterns[part] ?? '') : part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')))
    .join('');
  return new RegExp(`^${source}$`);
}

function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replaceAll(/<(line|joined|major|name)>/g, (whole, key: string) => values[key] ?? whole);
}
