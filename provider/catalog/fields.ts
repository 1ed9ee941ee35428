import { z } from 'zod';

/** A character that no name or path has. */
const control = /[\u0000-\u001f\u007f]/;

/** Text on one or more lines, not empty. */
export const text = z.string().refine((value) => value.trim() !== '', 'must not be empty');

/** A number that YAML read from a bare word, as in `run-as: 65532`, is the text that stands there. */
export const textOrNumber = z.union([z.string(), z.number()]).transform(String);

/** An absolute path as it stands there, for what is told to others: no `..`, no backslash, no control character. */
export const statedPath = z
  .string()
  .refine(
    (value) =>
      value.startsWith('/') && !value.includes('\\') && !control.test(value) && !value.split('/').includes('..'),
    'must be an absolute path without "..", backslash and control characters',
  );

/** The same for a place in the image: `//` and a `/` at the end are taken away. */
export const absolutePath = statedPath.transform((value) =>
  value === '/' ? '/' : value.replaceAll(/\/+/g, '/').replace(/\/$/, ''),
);

/**
 * A glob over paths of an image without the leading `/`: `*` within a part, `**` over parts; `!` in front keeps what an earlier
 * glob took.
 */
export const pathGlob = z
  .string()
  .refine(
    (value) => /^!?[^/!]/.test(value) && !value.split('/').includes('..'),
    'must be a glob relative to the root of the image, without a leading "/" and ".."',
  );

/** A user or group number. */
export const accountNumber = z.int().min(0, 'must be 0 or more').max(4_294_967_294, 'must be below 2^32 - 1');

/** A name in `/etc/passwd` or `/etc/group`. */
export const accountName = z
  .string()
  .regex(/^[a-zA-Z_][a-zA-Z0-9_.-]{0,30}\$?$/, 'must be a user or group name: letters, digits, "_", "-", "."');

/** Permission bits with setuid, setgid and sticky. */
export const permissionBits = z.int().min(0, 'must be 0 or more').max(0o7777, 'must be at most 0o7777');

/** Environment variables; a number or boolean is the text that stands there. */
export const environment = z.record(
  z.string().regex(/^[^=\u0000]+$/, 'must be the name of an environment variable'),
  z.union([z.string(), z.number(), z.boolean()]).transform(String),
);

/** An ISO date, as `2028-06-30`, that exists. */
export const isoDate = z.iso.date('must be a date, as 2028-06-30');

/** The name of a line. YAML reads a bare 3.10 as the number 3.1, so it has to be in quotes. */
export const lineName = z.string('must be in quotes, as "3.10"').regex(/^\d+(?:\.\d+)*$/, 'must be a line, as "3.10"');

/** A regular expression that compiles. */
export const pattern = z.string().transform((value, context): RegExp => {
  try {
    return new RegExp(value, 'u');
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
    return z.NEVER;
  }
});

/** The words that stand for the line that is built. */
const placeholders = ['line', 'joined', 'suite', 'version'] as const;

/** A package as a starter asks for it: `curl`, `nginx>=1.22`, `php@edge`, `php{line}-cli`. */
export const packageRequest = z
  .string()
  .refine(
    (value) =>
      /^!?[a-zA-Z0-9/._][^\s{}]*$/.test(
        placeholders.reduce((rest, word) => rest.replaceAll(`{${word}}`, '0'), value.replace(/^\{line\}/, '0')),
      ),
    'must be the name of a package, with a constraint if need be, as "nginx>=1.22"; known placeholders are {line}, {joined}, {suite} and {version}',
  );
