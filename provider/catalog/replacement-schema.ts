import { z } from 'zod';
import { absolutePath, accountName, accountNumber, permissionBits, text } from './fields.js';

/**
 * What is done in place of install scripts, as written in a catalog file: the replacements of the image room, with keys in
 * kebab case. `{line}` stands for the line that is built.
 */
export const replacementSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('merged-usr') }),
  z.strictObject({ kind: z.literal('base-accounts') }),
  z.strictObject({ kind: z.literal('ca-bundle') }),
  z.strictObject({ kind: z.literal('alternative'), name: text, link: absolutePath, target: absolutePath }),
  z
    .strictObject({ kind: z.literal('link'), path: absolutePath, target: text, 'when-path': absolutePath.optional() })
    .transform(({ kind, path, target, ...rest }) => {
      const whenPath = rest['when-path'];
      return whenPath === undefined ? { kind, path, target } : { kind, path, target, whenPath };
    }),
  z
    .strictObject({
      kind: z.literal('user'),
      'when-package': text,
      name: accountName,
      uid: accountNumber,
      gid: accountNumber,
      home: absolutePath,
      shell: absolutePath,
    })
    .transform(({ 'when-package': whenPackage, ...rest }) => ({ ...rest, whenPackage })),
  z
    .strictObject({ kind: z.literal('group'), 'when-package': text, name: accountName, gid: accountNumber })
    .transform(({ 'when-package': whenPackage, ...rest }) => ({ ...rest, whenPackage })),
  z
    .strictObject({
      kind: z.literal('directory'),
      'when-package': text,
      path: absolutePath,
      mode: permissionBits,
      uid: accountNumber,
      gid: accountNumber,
    })
    .transform(({ 'when-package': whenPackage, ...rest }) => ({ ...rest, whenPackage })),
  z.strictObject({ kind: z.literal('setuid'), path: absolutePath }),
  z.strictObject({ kind: z.literal('php-modules'), version: text, apis: z.array(text).min(1) }),
]);

/** A replacement of the catalog: a `Replacement` of the image room. */
export type StarterReplacement = Readonly<z.output<typeof replacementSchema>>;
