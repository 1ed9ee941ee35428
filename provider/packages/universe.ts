import type { Package } from './package.js';

/**
 * What the solver may ask of a package format. The solver knows packages only as identities: two packages are the same
 * exactly when they are the same object. A format answers in candidates and clauses; the order of candidates is its preference.
 */
export interface Universe<P extends Package = Package> {
  /**
   * What a user's request asks for: `curl`, `curl=7.88.1-10`, `nginx>=1.22`, `php@edge`. Throws `request/malformed`; a name
   * that nothing has is no error here but a requirement without candidates.
   */
  request(text: string): Requirement<P>;
  /** What must be installed with `candidate`, in the order in which a choice is made. */
  requirements(candidate: P): readonly Requirement<P>[];
  /** What cannot be installed with `candidate`, its own other versions among them. Need not be said by both sides. */
  conflicts(candidate: P): readonly Conflict<P>[];
  /**
   * Packages that want to be installed as soon as all of their conditions are met (apk's install_if): those of which
   * `candidate` meets a condition. The same implication is the same object each time. One that cannot be installed with what
   * is chosen already is left out without an error.
   */
  implications(candidate: P): readonly Implication<P>[];
  /** What comes close to a requirement that nobody meets: other spellings, other versions. Best first. */
  nearMisses(requirement: Requirement<P>): readonly NearMiss[];
}

/** One of `candidates` has to be there; none means that it cannot be met. */
export interface Requirement<P extends Package = Package> {
  /** As its author wrote it: `libssl3 (>= 3.0.0) | libssl1.1`. */
  readonly text: string;
  /** Best first. */
  readonly candidates: readonly P[];
  /** Met without a package, because its subject is assumed present. */
  readonly assumed?: string;
}

/** None of `candidates` may be there. */
export interface Conflict<P extends Package = Package> {
  /** As its author wrote it, as `Breaks: libfoo (<< 2)`; for two versions of one name `only one version of libfoo`. */
  readonly text: string;
  readonly candidates: readonly P[];
}

/** When each of `conditions` is met, `candidate` is wanted. */
export interface Implication<P extends Package = Package> {
  readonly text: string;
  readonly conditions: readonly Requirement<P>[];
  readonly candidate: P;
}

/** Something that nearly meets a requirement. */
export interface NearMiss {
  readonly name: string;
  readonly version: string | undefined;
  /** In words: `other spelling`, `the newest libfoo is 1.9 (debian bookworm main)`. */
  readonly reason: string;
  /**
   * `version`: the right name in another version; `provider`: another package that provides the name, not as it is wanted; `choice`: one of
   * several that provide a requested name, to be asked for by its own.
   */
  readonly kind?: 'version' | 'spelling' | 'provider' | 'choice';
  readonly repository?: string;
}
