/**
 * The image part of a starter or of an apko configuration, after validation: apko's names and meaning
 * (https://github.com/chainguard-dev/apko/blob/main/docs/apko_file.md) in camel case.
 */
export interface ImageConfiguration {
  readonly accounts: Accounts;
  readonly paths: readonly PathMutation[];
  readonly entrypoint: Entrypoint | undefined;
  /** Arguments after the entrypoint, as a shell would split them. */
  readonly cmd: string | undefined;
  readonly workDir: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly volumes: readonly string[];
  /** As `8080/tcp`. Not in apko's file; ours. */
  readonly ports: readonly string[];
  readonly stopSignal: string | undefined;
  /** On the index, the manifests, and as labels. */
  readonly annotations: Readonly<Record<string, string>>;
}

export interface Accounts {
  /** User name or number that the image runs as. */
  readonly runAs: string | undefined;
  readonly users: readonly User[];
  readonly groups: readonly Group[];
}

export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly homeDir: string | undefined;
  readonly shell: string | undefined;
}

export interface Group {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

export interface Entrypoint {
  readonly type: 'command' | 'service-bundle';
  readonly command: string | undefined;
  readonly shellFragment: string | undefined;
  readonly services: Readonly<Record<string, string>>;
}

/** A change to one path after all packages are laid out. */
export interface PathMutation {
  readonly path: string;
  readonly type: 'directory' | 'empty-file' | 'hardlink' | 'symlink' | 'permissions';
  readonly uid: number;
  readonly gid: number;
  /** True when the file names neither uid nor gid: the owner stays as it is. Absent: `uid` and `gid` hold. */
  readonly keepsOwner?: boolean;
  /** Permission bits; undefined leaves them (permissions) or takes the default. */
  readonly permissions: number | undefined;
  /** What a link points to. */
  readonly source: string | undefined;
  readonly recursive: boolean;
}
