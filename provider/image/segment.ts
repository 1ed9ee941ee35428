import { z } from 'zod';
import { digestSchema, sizedDigestSchema } from '../support/digest-schema.js';
import type { Digest, SizedDigest } from '../support/digest.js';
import type { Replacement } from './replacement.js';

/**
 * A package laid out: its entries as one gzip member of tar without an end, so that a layer is some segments one after the
 * other. Directories are in the file list only; each layer writes those it needs, once.
 */
export interface Segment {
  readonly blob: SizedDigest;
  /** Bytes of the tar within. */
  readonly tarSize: number;
  /** The file list (see file-list.ts), sorted by path. */
  readonly files: Digest;
  /** Seconds since the epoch: the newest timestamp in it. */
  readonly newest: number;
  /** The format's own word on whose files this package may take over; empty when there is none. */
  readonly replaces: string;
  /**
   * Given when the blob is a whole layer, with directories and an end: the digest of the tar in it. Of an apk that is its own compressed
   * tar as it stands where that can be. It cannot share a layer.
   */
  readonly diffId?: Digest | undefined;
  /** Alternatives that the install script states word for word; absent when there are none. */
  readonly alternatives?: readonly StatedAlternative[] | undefined;
  /** Links that the install script makes by what a tool of the packagers has written into it; absent when there are none. */
  readonly links?: readonly StatedLink[] | undefined;
  /** Install scripts with statements that are no mere form; absent when there are none. */
  readonly scripts?: readonly ScriptNote[] | undefined;
  /** What the format records of the package beside its files, JSON in the store. */
  readonly record?: Digest | undefined;
}

/** What an install script gives to `update-alternatives --install`. */
export type StatedAlternative = Required<Extract<Replacement, { readonly kind: 'alternative' }>>;

/** A link that an install script makes. */
export type StatedLink = Pick<Extract<Replacement, { readonly kind: 'link' }>, 'kind' | 'path' | 'target'>;

/** An install script that does something. */
export interface ScriptNote {
  /** As `postinst` or `post-install`. */
  readonly name: string;
  /** What it does, a statement each, as far as it matters: not all of a long script. */
  readonly statements: readonly string[];
}

/** What a segment is a function of, beside the package's archive. Plain JSON. */
export interface SegmentSettings {
  /** Globs of paths that are left out. */
  readonly exclude: readonly string[];
  /** Folders that are links in the image, with where they lead: entries below them are laid out there. */
  readonly directoryLinks: Readonly<Record<string, string>>;
  /** Globs of files that may keep their setuid and setgid bits. */
  readonly setuid: readonly string[];
  /** Paths that another package has taken over. */
  readonly dropped: readonly string[];
  /** True when the package has a layer to itself: an archive that is one already is then left as it stands. */
  readonly alone: boolean;
  /**
   * Of Debian packages: true when the image has dpkg's own database, which is made of the segments' records. Absent: the package has its
   * entry in `status.d`, and no record.
   */
  readonly recorded?: boolean;
  /** Paths where the package's file lies elsewhere because another package has diverted it, with where it lies. Absent: none. */
  readonly diverted?: Readonly<Record<string, string>>;
}

const linkSchema = z.object({ name: z.string(), link: z.string(), target: z.string() });

/** A segment, as the store remembers it. */
export const segmentSchema = z.object({
  blob: sizedDigestSchema,
  tarSize: z.number().int().nonnegative(),
  files: digestSchema,
  newest: z.number().int(),
  replaces: z.string(),
  diffId: digestSchema.optional(),
  alternatives: z
    .array(
      linkSchema.extend({ kind: z.literal('alternative'), priority: z.number().int(), slaves: z.array(linkSchema) }),
    )
    .optional(),
  links: z.array(z.object({ kind: z.literal('link'), path: z.string(), target: z.string() })).optional(),
  scripts: z.array(z.object({ name: z.string(), statements: z.array(z.string()) })).optional(),
  record: digestSchema.optional(),
});

/** A layer, as the store remembers it. */
export const layerSchema = sizedDigestSchema.extend({ diffId: digestSchema });
