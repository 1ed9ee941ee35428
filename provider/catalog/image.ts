import type { Architecture } from '../packages/package.js';
import { withoutUserInfo } from '../support/http-credentials.js';
import type { ImageFile } from './image-schema.js';

/** A user that an image has in `/etc/passwd`. */
export interface StarterUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly homeDir: string | undefined;
  readonly shell: string | undefined;
}

/** A group that an image has in `/etc/group`. */
export interface StarterGroup {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

/** A change to one path after all packages are laid out. */
export interface StarterPath {
  readonly path: string;
  readonly type: 'directory' | 'empty-file' | 'hardlink' | 'symlink' | 'permissions';
  readonly uid: number;
  readonly gid: number;
  /** True when the file names neither uid nor gid. */
  readonly keepsOwner: boolean;
  readonly permissions: number | undefined;
  readonly source: string | undefined;
  readonly recursive: boolean;
}

/** The image part of a starter in the shape that images are built from: an `ImageConfiguration` of the image room. */
export interface StarterConfiguration {
  readonly accounts: {
    readonly runAs: string | undefined;
    readonly users: readonly StarterUser[];
    readonly groups: readonly StarterGroup[];
  };
  readonly paths: readonly StarterPath[];
  readonly entrypoint:
    | {
        readonly type: 'command' | 'service-bundle';
        readonly command: string | undefined;
        readonly shellFragment: string | undefined;
        readonly services: Readonly<Record<string, string>>;
      }
    | undefined;
  readonly cmd: string | undefined;
  readonly workDir: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly volumes: readonly string[];
  /** As `8080/tcp`. */
  readonly ports: readonly string[];
  readonly stopSignal: string | undefined;
  readonly annotations: Readonly<Record<string, string>>;
}

/** What an image is made from. */
export interface StarterContents {
  /** Package requests, as `php{line}-cli`. */
  readonly packages: readonly string[];
  /** Repositories beside the distribution's own, each `[@TAG ]URL` or a deb one-line entry. */
  readonly repositories: readonly string[];
  /** Repositories that the image knows at run time, without credentials. */
  readonly runtimeRepositories: readonly string[];
  /** Files or URLs of the keys that these repositories are signed with. */
  readonly keyring: readonly string[];
}

/** The image part of a file with every default filled in. */
export interface Image {
  readonly contents: StarterContents;
  readonly configuration: StarterConfiguration;
  /** Empty when the file says nothing: all that are built. */
  readonly architectures: readonly Architecture[];
  /** What the file names beside them and nobody builds, as `386`. */
  readonly otherArchitectures: readonly string[];
  /** Most layers; undefined leaves it to the builder. */
  readonly layerBudget: number | undefined;
  readonly certificates: {
    /** Packages whose certificates are trusted. */
    readonly providers: readonly string[];
    /** PEM, by file name. */
    readonly additional: readonly { readonly name: string; readonly content: string }[];
  };
}

/** The image part of a file over the defaults of its distribution. Maps are merged; a list of the file stands after the default one. */
export function imageOf(file: ImageFile, defaults: ImageFile = {}): Image {
  const accounts = file.accounts ?? defaults.accounts;
  return {
    contents: {
      packages: unique([...(defaults.contents?.packages ?? []), ...(file.contents?.packages ?? [])]),
      repositories: unique([...(file.contents?.repositories ?? []), ...(file.contents?.buildRepositories ?? [])]),
      runtimeRepositories: unique([
        ...(file.contents?.repositories ?? []),
        ...(file.contents?.runtimeRepositories ?? []),
      ]).map(withoutUserInfo),
      keyring: unique(file.contents?.keyring ?? []),
    },
    configuration: {
      accounts: accounts ?? { runAs: undefined, users: [], groups: [] },
      paths: [...(defaults.paths ?? []), ...(file.paths ?? [])],
      entrypoint: file.entrypoint ?? defaults.entrypoint,
      cmd: file.cmd ?? defaults.cmd,
      workDir: file['work-dir'] ?? defaults['work-dir'],
      environment: { ...defaults.environment, ...file.environment },
      volumes: unique([...(defaults.volumes ?? []), ...(file.volumes ?? [])]),
      ports: unique([...(defaults.ports ?? []), ...(file.ports ?? [])]),
      stopSignal: file['stop-signal'] ?? defaults['stop-signal'],
      annotations: { ...defaults.annotations, ...sourceAnnotations(file['vcs-url']), ...file.annotations },
    },
    architectures: file.archs?.architectures ?? defaults.archs?.architectures ?? [],
    otherArchitectures: file.archs?.otherArchitectures ?? [],
    layerBudget: file.layering?.budget ?? defaults.layering?.budget,
    certificates: file.certificates ?? { providers: [], additional: [] },
  };
}

/** `URL@REVISION` as apko's `vcs-url` has it, in OCI annotations. */
function sourceAnnotations(source: string | undefined): Readonly<Record<string, string>> {
  if (source === undefined) return {};
  const url = withoutUserInfo(source);
  const at = url.lastIndexOf('@');
  const hasRevision = at > url.lastIndexOf('/');
  if (!hasRevision) return { 'org.opencontainers.image.source': url };
  return {
    'org.opencontainers.image.source': url.slice(0, at),
    'org.opencontainers.image.revision': url.slice(at + 1),
  };
}

function unique<Value>(values: readonly Value[]): readonly Value[] {
  return [...new Set(values)];
}
