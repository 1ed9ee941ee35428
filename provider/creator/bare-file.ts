import { withoutUserInfo } from '../support/http-credentials.js';

/** Where in an apko file addresses stand that may hold a user and password. */
const addressLists = ['repositories', 'build_repositories', 'runtime_repositories', 'keyring'];

/** An apko file as it may stand in a plan and an image: the addresses in it without credentials. */
export function bareApkoFile(file: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { contents, 'vcs-url': source } = file;
  return {
    ...file,
    ...(typeof source === 'string' ? { 'vcs-url': withoutUserInfo(source) } : {}),
    ...(isRecord(contents) ? { contents: bareContents(contents) } : {}),
  };
}

function bareContents(contents: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(contents).map(([key, value]) => [
      key,
      addressLists.includes(key) && Array.isArray(value) ? value.map(bareAddress) : value,
    ]),
  );
}

function bareAddress(address: unknown): unknown {
  return typeof address === 'string' ? withoutUserInfo(address) : address;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
