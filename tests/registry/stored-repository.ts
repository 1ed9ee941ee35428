/** A manifest as it was put. */
export interface StoredManifest {
  readonly content: Buffer;
  readonly mediaType: string;
}

/** One repository of the registry. Blobs are shared by all; this says which are linked here. */
export interface StoredRepository {
  readonly blobs: Map<string, Buffer>;
  readonly manifests: Map<string, StoredManifest>;
  readonly tags: Map<string, string>;
}

/** What the registry does and does not do. Absent: everything that the specification has. */
export interface RegistryManner {
  readonly referrersApi?: boolean;
  readonly deletion?: boolean;
  readonly mounts?: boolean;
  /** Whether it looks at what it is sent: that a blob has the digest it is put under, which the answer then says. */
  readonly verifies?: boolean;
  /** The smallest piece that is taken, said in `OCI-Chunk-Min-Length`. */
  readonly smallestChunk?: number;
  /** Whether PUT takes a whole blob, and PATCH a piece of one. */
  readonly monolithic?: boolean;
  readonly chunked?: boolean;
  /** Longest body of a request; longer ones are answered with 413. */
  readonly largestBody?: number;
  /** Whether the place of an upload is said with host and protocol. */
  readonly absoluteLocations?: boolean;
  /** Tags on a page. */
  readonly pageSize?: number;
}
