import type { NameScheme } from './families-schema.js';
import type { Image } from './image.js';
import type { StarterReplacement } from './replacement-schema.js';

/** A file that images can be built from, over the defaults of its distribution: a starter, or an apko configuration. */
export interface ConfigurationFile extends Image {
  /** As `php`: the file's name without its ending. */
  readonly name: string;
  /** The file it was read from. */
  readonly file: string;
  readonly title: string;
  readonly description: string;
  readonly category: string;
  /** As `debian`; undefined when the file does not say, as an apko configuration. */
  readonly distribution: string | undefined;
  /** Undefined where the file has no lines. */
  readonly primary: PrimaryRule | undefined;
  readonly lines: LineRule;
  /** ISO dates of lines whose support ends on another day than their suite's. */
  readonly endOfLife: Readonly<Record<string, string>>;
  readonly dev: DevRule;
  /** Packages that are needed by name only: the image has no use for them. */
  readonly assumedPresent: readonly string[];
  /** Packages whose install scripts do nothing that an image needs, or that replacements stand for. */
  readonly handledScripts: readonly string[];
  /** In order: the distribution's, then its own. */
  readonly replacements: readonly StarterReplacement[];
  /** The name of the scheme whose auto packages are for it, as `php`. */
  readonly auto: string | undefined;
  /** All schemes of the catalog: what belongs to one family. */
  readonly schemes: readonly NameScheme[];
  /** Globs of paths that a production image may have although they look like a shell, a package manager or a tool. */
  readonly allow: readonly string[];
  /** Globs of package paths that are documentation: left out unless it is asked for. */
  readonly documentation: readonly string[];
  /** Globs of package paths that a production image does without. A dev image holds its packages whole. */
  readonly exclude: readonly string[];
  /** Small text files of its own; they stand over package files of the same path. */
  readonly files: readonly StarterFileContent[];
}

/** The image that a private image begins from. */
export interface Starter extends ConfigurationFile {
  readonly distribution: string;
  readonly primary: PrimaryRule;
}

/** What the dev variant of a line has that its production has not. */
export interface DevRule {
  /** Package requests; none means that there is no dev variant. */
  readonly packages: readonly string[];
  /** Beside those of production. */
  readonly replacements: readonly StarterReplacement[];
  /** Beside those of production. */
  readonly handledScripts: readonly string[];
}

/** How lines are found in an index. */
export interface PrimaryRule {
  /** Matches the names of primary packages. */
  readonly package: RegExp;
  /** Matches their versions; what the version of a line is made from. */
  readonly version: RegExp;
  /** The version of a line, with groups of both patterns as `{group}`. */
  readonly format: string;
}

/** Which of the discovered lines are offered. */
export interface LineRule {
  /** `suite`: the most advanced line of each suite. `index`: every line that a suite has. */
  readonly each: 'suite' | 'index';
  /** The lowest line on offer. */
  readonly from: string | undefined;
  readonly except: readonly string[];
}

export interface StarterFileContent {
  readonly path: string;
  readonly content: string;
  /** Permission bits. */
  readonly permissions: number;
}

/** What the placeholders of a starter stand for. */
export interface LinePlaceholders {
  readonly line: string;
  readonly suite: string;
  readonly version: string;
}

/** `starter` for one line: `{line}`, `{joined}` (`84` of `8.4`), `{suite}` and `{version}` are filled in wherever they stand. */
export function starterForLine<File extends ConfigurationFile>(starter: File, of: LinePlaceholders): File {
  const { primary, lines } = starter;
  const words = { ...of, joined: of.line.replaceAll('.', '') };
  return { ...fillIn<File>({ ...starter, primary: undefined }, words), primary, lines };
}

type Words = LinePlaceholders & { readonly joined: string };

/** Every text in `value`, keys left alone, with the placeholders filled in. Other braces stay as they are. */
function fillIn<Value>(value: Value, of: Words): Value {
  return filled(value, of) as Value;
}

function filled(value: unknown, of: Words): unknown {
  if (typeof value === 'string') {
    return value.replaceAll(/\{(line|joined|suite|version)\}/g, (_, word: keyof Words) => of[word]);
  }
  if (Array.isArray(value)) return value.map((item: unknown) => filled(item, of));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, filled(item, of)]));
}
