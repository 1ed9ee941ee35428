import type { Architecture } from '../packages/package.js';
import { supervisor } from './supervision-tree.js';

/** Keys of an apko file in the order in which apko writes them; `vcs-url` and `include` it does not write. */
const topLevel = [
  ...['contents', 'entrypoint', 'cmd', 'stop-signal', 'work-dir', 'accounts', 'archs', 'environment', 'paths'],
  ...['annotations', 'volumes', 'layering', 'certificates'],
];
const inContents = ['build_repositories', 'runtime_repositories', 'repositories', 'keyring', 'packages', 'baseimage'];
const inEntrypoint = ['type', 'command', 'shell-fragment', 'services'];
const inAccounts = ['run-as', 'users', 'groups'];
const inUser = ['username', 'uid', 'gid', 'shell', 'homedir'];
const inGroup = ['groupname', 'gid', 'members'];
const inPath = ['path', 'type', 'uid', 'gid', 'permissions', 'source', 'recursive'];
const inLayering = ['strategy', 'budget'];
const inCertificates = ['additional', 'providers'];

type Fields = Readonly<Record<string, unknown>>;

/**
 * The text of `/etc/apko.json`: the apko file that an image was built from as apko writes it down, with the locked `packages` of one
 * architecture and the number of the user that it runs as.
 */
export function apkoFileText(
  file: Fields,
  architecture: Architecture,
  packages: readonly string[],
  runAs: string | undefined,
): string {
  const accounts = fieldsOf(file['accounts']);
  const isBundle = fieldsOf(file['entrypoint'])['type'] === 'service-bundle';
  const complete: Fields = {
    ...file,
    contents: picked({ ...lockedContents(fieldsOf(file['contents'])), packages }, inContents),
    entrypoint: picked(
      {
        ...fieldsOf(file['entrypoint']),
        ...(isBundle ? { command: supervisor } : {}),
        services: sortedFields(fieldsOf(file['entrypoint'])['services']),
      },
      inEntrypoint,
    ),
    accounts: picked(
      {
        'run-as': runAs,
        users: listOf(accounts['users']).map((user) =>
          picked({ ...user, homedir: user['homedir'] ?? `/home/${String(user['username'])}` }, inUser, ['gid']),
        ),
        groups: listOf(accounts['groups']).map((group) => picked(group, inGroup)),
      },
      inAccounts,
    ),
    archs: [architecture],
    environment: sortedFields(file['environment']),
    paths: listOf(file['paths']).map((path) => picked(path, inPath, ['uid', 'gid'])),
    annotations: sortedFields(file['annotations']),
    layering: file['layering'] === undefined ? undefined : picked(fieldsOf(file['layering']), inLayering),
    certificates:
      file['certificates'] === undefined
        ? undefined
        : picked(
            {
              ...fieldsOf(file['certificates']),
              additional: listOf(fieldsOf(file['certificates'])['additional']).map((one) =>
                picked(one, ['name', 'content']),
              ),
            },
            inCertificates,
          ),
  };
  const written = { ...picked(complete, topLevel) };
  return `${escaped(JSON.stringify(written))}\n`;
}

/** Lists that decide what comes into the image are sorted, and addresses have no slash at their end. */
function lockedContents(contents: Fields): Fields {
  const { repositories, build_repositories: build, runtime_repositories: runtime, keyring } = contents;
  return {
    ...contents,
    repositories: [...new Set(addressesOf(repositories))].sort(),
    build_repositories: [...new Set(addressesOf(build))].sort(),
    runtime_repositories: addressesOf(runtime),
    keyring: [...new Set(textsOf(keyring))].sort(),
  };
}

function addressesOf(value: unknown): readonly string[] {
  return textsOf(value).map((address) => address.replace(/\/+$/, ''));
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** The fields of `keys` that are not empty, in their order; those of `kept` also when they are 0. */
function picked(fields: Fields, keys: readonly string[], kept: readonly string[] = []): Fields {
  return Object.fromEntries(
    keys.flatMap((key): readonly [string, unknown][] => {
      const value =
        key === 'contents' || key === 'entrypoint' || key === 'accounts' ? (fields[key] ?? {}) : fields[key];
      return isEmpty(value) && !(kept.includes(key) && value === 0) && !isStruct(key, value) ? [] : [[key, value]];
    }),
  );
}

/** What apko writes even when there is nothing in it. */
function isStruct(key: string, value: unknown): boolean {
  return ['contents', 'entrypoint', 'accounts', 'layering', 'certificates'].includes(key) && value !== undefined;
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === 0 || value === false) return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : [];
}

/** Values are text whatever YAML made of them. */
function sortedFields(value: unknown): Fields {
  return Object.fromEntries(
    Object.entries(fieldsOf(value))
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, one]) => [key, String(one)]),
  );
}

/** Go writes these characters as escapes, so that JSON can stand in HTML. */
function escaped(json: string): string {
  return json.replaceAll(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
