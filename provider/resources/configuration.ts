import path from 'node:path';
import { z } from 'zod';
import type { Settings } from '../creator/settings.js';
import { architectures } from '../packages/package.js';
import { PrivateImageError } from '../support/errors.js';
import { readRepositoryAuth } from './repository-auth.js';

export type ConfigurationErrorCode = 'configuration/invalid';

/** Where settings are looked up, first to last. All come from the front. */
export interface ConfigurationSources {
  /** A provider's own arguments, by the setting's name. */
  readonly argumentOf?: (name: string) => string | undefined;
  /** Stack configuration, by the full key as `private-image:registry`. */
  readonly stack?: (key: string) => string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The program's folder, absolute: relative paths start here. */
  readonly workingDirectory: string;
  /** The user's home folder, absolute. */
  readonly home: string;
}

/** A setting as the user gives it: under the same name in stack configuration and arguments, `PRIVATE_IMAGE_…` in the environment. */
export interface SettingRow {
  readonly name: string;
  readonly variable: string;
  readonly description: string;
  /** In words, for documentation. */
  readonly standard: string;
  /** Whether it is one that nobody may see: `pulumi config set --secret`. */
  readonly secret: boolean;
}

const text = z.string().min(1, 'is empty');
const word = text.regex(
  /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/u,
  'may hold only a-z and 0-9, with single ".", "_" or "-" between: it stands in the path of every image',
);
const list = text.transform((value, context) => {
  if (!value.trimStart().startsWith('['))
    return value
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
  const parsed = z.array(z.string()).safeParse(parseJson(value));
  if (parsed.success) return parsed.data;
  context.addIssue('is no list: write a,b or ["a","b"]');
  return z.NEVER;
});
const flag = text.transform((value, context) => {
  if (['true', '1', 'yes'].includes(value)) return true;
  if (['false', '0', 'no'].includes(value)) return false;
  context.addIssue('is neither true nor false');
  return z.NEVER;
});
const url = text.refine(
  (value) => URL.canParse(value) && ['http:', 'https:', 'file:'].includes(new URL(value).protocol),
  'is no http, https or file URL',
);

/** The one table of settings: name, rule, and what it is for. */
const table = {
  tenant: {
    rule: word,
    standard: '`local`',
    description: "The organisation's identifier: it stands before every image's name.",
  },
  registry: {
    rule: text,
    standard: '`.private-image/registry` in the program’s folder',
    description: 'The folder of the embedded registry.',
  },
  distribution: { rule: word, standard: '`debian`', description: 'The distribution that starters are taken from.' },
  catalogs: {
    rule: list,
    standard: 'none',
    description: 'Folders with starters of your own, merged over the built-in catalog.',
  },
  debianMirror: {
    rule: url,
    standard: "the machine's own apt sources, else Debian's public host",
    description: 'The Debian mirror for releases and updates.',
  },
  debianSecurityMirror: {
    rule: url,
    standard: "the machine's own apt sources, else Debian's public host",
    description: 'The Debian mirror for security updates.',
  },
  alpineMirror: { rule: url, standard: "Alpine's public host", description: 'The Alpine mirror.' },
  wolfiMirror: { rule: url, standard: "Wolfi's public host", description: 'The Wolfi repository.' },
  repositoryAuth: {
    rule: list.transform((entries, context) => {
      const { credentials, faults } = readRepositoryAuth(entries);
      for (const fault of faults) context.addIssue(fault);
      return faults.length === 0 ? credentials : z.NEVER;
    }),
    standard: 'none',
    description:
      'What private package repositories ask for: a list of `https://host/path=basic user:password` and `https://host/path=bearer token`, each for all that lies under its URL.',
    secret: true,
  },
  architectures: {
    rule: list.pipe(z.array(z.enum(architectures, `knows only ${architectures.join(' and ')}`)).min(1, 'is empty')),
    standard: architectures.map((name) => `\`${name}\``).join(', '),
    description: 'The architectures that images are built for.',
  },
  cache: {
    rule: text,
    standard: '`pulumi-private-image` in `XDG_CACHE_HOME`, else in `~/.cache`',
    description: 'The folder of the content-addressed store. It can be deleted at any time.',
  },
  checkValidUntil: {
    rule: flag,
    standard: '`true`',
    description: 'Whether a repository index past its Valid-Until is refused.',
  },
  concurrency: {
    rule: text.transform(Number).pipe(z.int('is no whole number').min(1, 'is less than 1').max(64, 'is more than 64')),
    standard: '`8`',
    description: 'Most packages that are fetched or processed at the same time.',
  },
} as const;

type Name = keyof typeof table;
type Values = { readonly [Key in Name]?: z.output<(typeof table)[Key]['rule']> };

/** Every setting, for documentation and schemas. */
export const settingRows: readonly SettingRow[] = Object.entries(table).map(([name, row]) => ({
  name,
  variable: variableOf(name),
  description: row.description,
  standard: row.standard,
  secret: 'secret' in row,
}));

/**
 * The settings: provider arguments, then stack configuration, then `PRIVATE_IMAGE_…` of the environment, then defaults.
 * Throws `configuration/invalid` with every fault at once.
 */
export function readConfiguration(sources: ConfigurationSources): Settings {
  const faults: string[] = [];
  const read = (name: Name): unknown => {
    const found = lookUp(name, sources);
    if (found === undefined) return undefined;
    const result = table[name].rule.safeParse(found.value);
    if (result.success) return result.data;
    faults.push(...result.error.issues.map((issue) => `${found.where} ${issue.message}`));
    return undefined;
  };
  const values: Values = Object.fromEntries((Object.keys(table) as Name[]).map((name) => [name, read(name)]));
  if (faults.length > 0) {
    throw new PrivateImageError<ConfigurationErrorCode>(
      'configuration/invalid',
      `The configuration is wrong: ${faults.join('; ')}`,
      {
        hint: 'Settings come from `pulumi config set private-image:<name>` or from the environment, as PRIVATE_IMAGE_REGISTRY.',
        data: { faults },
      },
    );
  }
  return settingsOf(values, sources);
}

function settingsOf(values: Values, { environment, home, workingDirectory }: ConfigurationSources): Settings {
  const absolute = (folder: string): string => path.resolve(workingDirectory, folder);
  const caches = environment['XDG_CACHE_HOME'] || path.join(home, '.cache');
  return {
    tenant: values.tenant ?? 'local',
    registry: absolute(values.registry ?? '.private-image/registry'),
    distribution: values.distribution ?? 'debian',
    catalogs: (values.catalogs ?? []).map(absolute),
    mirrors: {
      debian: values.debianMirror,
      debianSecurity: values.debianSecurityMirror,
      alpine: values.alpineMirror,
      wolfi: values.wolfiMirror,
    },
    repositoryAuth: values.repositoryAuth ?? [],
    architectures: values.architectures ?? architectures,
    cache: absolute(values.cache ?? path.join(caches, 'pulumi-private-image')),
    checkValidUntil: values.checkValidUntil ?? true,
    concurrency: values.concurrency ?? 8,
  };
}

function lookUp(
  name: Name,
  sources: ConfigurationSources,
): { readonly value: string; readonly where: string } | undefined {
  const variable = variableOf(name);
  const key = `private-image:${name}`;
  const found = [
    { value: sources.argumentOf?.(name), where: `the argument ${name}` },
    { value: sources.stack?.(key), where: key },
    // A variable that is set to nothing is as good as unset: that is how shells and CI switch one off.
    { value: sources.environment[variable] || undefined, where: variable },
  ].find(({ value }) => value !== undefined);
  return found?.value === undefined ? undefined : { value: found.value, where: found.where };
}

/** `debianMirror` → `PRIVATE_IMAGE_DEBIAN_MIRROR`. */
function variableOf(name: string): string {
  return `PRIVATE_IMAGE_${name.replaceAll(/[A-Z]/gu, (letter) => `_${letter}`).toUpperCase()}`;
}

function parseJson(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
