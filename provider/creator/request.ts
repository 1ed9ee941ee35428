import type { Architecture } from '../packages/package.js';

/** What a user asks a private image to be: the inputs of `PrivateImage`, checked for form. */
export interface ImageRequest {
  readonly starter: string;
  readonly name: string;
  readonly description: string | undefined;
  /** Added packages: a name, an auto package, or a name with a constraint. */
  readonly packages: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** References of file bundles, as `FileBundle.reference` gives them: `53/corporate-ca@sha256:…`. */
  readonly fileBundles: readonly string[];
  /** Globs of files of packages that may be setuid or setgid, as absolute paths; undeclared ones are refused. */
  readonly setuidPrograms: readonly string[];
  /** Only these lines; undefined is every maintained line. */
  readonly lines: readonly string[] | undefined;
  /** Undefined is the provider's setting. */
  readonly architectures: readonly Architecture[] | undefined;
}

/** A program by its absolute path; `*` and `?` stand for parts of a name, and nothing for any number of folders. */
export const programPath = /^(?!.*\*\*)(?:\/(?!\.{1,2}(?:\/|$))[^\p{Cc}/\\]+)+$/u;
export const programPathRule =
  'a program is given by its absolute path, as "/usr/bin/sudo": without "..", "//" and "**", and "/" is not its end';

/** What a user asks a file bundle to be: the inputs of `FileBundle`, checked for form. */
export interface BundleRequest {
  readonly name: string;
  readonly type: 'certificates' | 'other';
  /** The folder in the image, absolute. */
  readonly path: string;
  readonly description: string | undefined;
  /** File name to content. */
  readonly files: Readonly<Record<string, Uint8Array>>;
}
