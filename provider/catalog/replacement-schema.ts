import { z } from 'zod';
import { absolutePath, accountName, accountNumber, permissionBits, text } from './fields.js';

const alternativeLink = { name: text, link: absolutePath, target: absolutePath };

/**
 * What is done in place of install scripts, as written in a catalog file: the replacements of the image room, with keys in
 * kebab case. `{line}` stands for the line that is built.
 */
export const replacementSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('merged-usr') }),
  z.strictObject({ kind: z.literal('base-accounts') }),
  z.strictObject({ kind: z.literal('ca-bundle') }),
  z
    .strictObject({
      kind: z.literal('alternative'),
      ...alternativeLink,
      priority: z.int().optional(),
      slaves: z.array(z.strictObject(alternativeLink)).optional(),
    })
    .transform(({ priority, slaves, ...rest }) => ({
      ...rest,
      ...(priority === undefined ? {} : { priority }),
      ...(slaves === undefined ? {} : { slaves }),
    })),
  z
    .strictObject({ kind: z.literal('diversion'), 'by-package': text, path: absolutePath, to: absolutePath })
    .transform(({ 'by-package': byPackage, ...rest }) => ({ ...rest, byPackage })),
  z
    .strictObject({ kind: z.literal('copy'), 'when-package': text, from: absolutePath, path: absolutePath })
    .transform(({ 'when-package': whenPackage, ...rest }) => ({ ...rest, whenPackage })),
  z
    .strictObject({
      kind: z.literal('file'),
      'when-package': text,
      path: absolutePath,
      content: z.string().max(65_536, 'must be at most 64 KiB'),
      mode: permissionBits,
      uid: accountNumber,
      gid: accountNumber,
    })
    .transform(({ 'when-package': whenPackage, ...rest }) => ({ ...rest, whenPackage })),
  z.strictObject({ kind: z.literal('login-shells') }),
  z.strictObject({ kind: z.literal('pam-profiles') }),
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
