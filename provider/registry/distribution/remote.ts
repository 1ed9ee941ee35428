import type { RegistryReference } from './reference.js';
import type { Session } from './session.js';

/** One repository in a registry, as the parts of the client work on it. */
export interface Remote {
  readonly reference: RegistryReference;
  readonly session: Session;
  readonly signal: AbortSignal;
  readonly knowledge: Knowledge;
  readonly settings: RemoteSettings;
}

/** How the client goes about its work. Sizes in bytes. */
export interface RemoteSettings {
  /** A blob up to this size is sent in one piece, unless the registry does not take it so. */
  readonly monolithic: number;
  /** The size of the pieces otherwise. */
  readonly chunk: number;
  /** Most requests at the same time for one piece of work. */
  readonly concurrency: number;
  /** From 0 up to 1: keeps writers that meet from meeting again. */
  readonly random: () => number;
}

/** What this process has learnt about a registry. It may be wrong when others delete; then it is forgotten, and asked for anew. */
export interface Knowledge {
  /** Repositories by the blobs that are in them. */
  readonly blobs: Map<string, Set<string>>;
  /** Repositories by the blobs that manifests read from them name: places to take one over from, and nothing to rely on. */
  readonly named: Map<string, Set<string>>;
  /** Whether the registry was seen to have the referrers API. */
  referrersApi: boolean;
}

/** The address of something in the repository's part of the API. */
export function addressOf({ reference }: Pick<Remote, 'reference'>, rest: string): URL {
  return new URL(`/v2/${reference.path}/${rest}`, reference.origin);
}

/** Whether `digest` is known to be in a repository. */
export function isKnown({ knowledge, reference }: Remote, digest: string): boolean {
  return knowledge.blobs.get(digest)?.has(reference.path) === true;
}

/** Remembers that `digest` is in the repository. */
export function remember({ knowledge, reference }: Remote, digest: string): void {
  knowledge.blobs.set(digest, (knowledge.blobs.get(digest) ?? new Set()).add(reference.path));
}

/** Remembers that a manifest in the repository names the blob `digest`. */
export function rememberNamed({ knowledge, reference }: Remote, digest: string): void {
  knowledge.named.set(digest, (knowledge.named.get(digest) ?? new Set()).add(reference.path));
}

/** Forgets everything about the repository: something in it is not as it was. */
export function forget({ knowledge, reference }: Remote): void {
  for (const places of knowledge.blobs.values()) places.delete(reference.path);
}
