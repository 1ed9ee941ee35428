import { describe, expect, it } from 'vitest';
import { apkoFileText } from './apko-file.js';

function text(file: Readonly<Record<string, unknown>>, runAs?: string): string {
  return apkoFileText(file, 'arm64', ['foo-bar=2-r0', 'foo=1-r0'], runAs);
}

const packages = '"packages":["foo-bar=2-r0","foo=1-r0"]';

describe('/etc/apko.json', () => {
  it.each<[string, Readonly<Record<string, unknown>>, string | undefined, string]>([
    [
      'has what apko always writes, and the exact packages of the architecture',
      { archs: ['x86_64', 'aarch64'] },
      undefined,
      `{"contents":{${packages}},"entrypoint":{},"accounts":{},"archs":["arm64"]}`,
    ],
    [
      'has its keys in apko’s order, whatever the file’s is',
      { volumes: ['/v'], cmd: 'c', contents: { keyring: ['k'], repositories: ['r'] }, entrypoint: { command: 'e' } },
      undefined,
      `{"contents":{"repositories":["r"],"keyring":["k"],${packages}},"entrypoint":{"command":"e"},"cmd":"c","accounts":{},"archs":["arm64"],"volumes":["/v"]}`,
    ],
    [
      'fills in homes, keeps a group only where it is given, and names the user by number',
      {
        accounts: {
          'run-as': 'a',
          users: [
            { username: 'a', uid: 7 },
            { uid: 8, gid: 0, username: 'b', homedir: '/b' },
          ],
        },
      },
      '7',
      `{"contents":{${packages}},"entrypoint":{},"accounts":{"run-as":"7","users":[{"username":"a","uid":7,"homedir":"/home/a"},{"username":"b","uid":8,"gid":0,"homedir":"/b"}]},"archs":["arm64"]}`,
    ],
    [
      'sorts maps and escapes as Go does',
      { environment: { B: '<&>', A: 1 }, layering: { budget: 3, strategy: 'origin' } },
      undefined,
      `{"contents":{${packages}},"entrypoint":{},"accounts":{},"archs":["arm64"],"environment":{"A":"1","B":"\\u003c\\u0026\\u003e"},"layering":{"strategy":"origin","budget":3}}`,
    ],
    [
      'sorts repositories and keys, and leaves out where the file comes from',
      {
        contents: {
          repositories: ['r/', '@edge e'],
          build_repositories: ['b/', 'a'],
          runtime_repositories: ['z/', 'y'],
          keyring: ['k', 'j'],
        },
        'vcs-url': 'https://git.example/x@1',
      },
      undefined,
      `{"contents":{"build_repositories":["a","b"],"runtime_repositories":["z","y"],"repositories":["@edge e","r"],"keyring":["j","k"],${packages}},"entrypoint":{},"accounts":{},"archs":["arm64"]}`,
    ],
    [
      'states the supervisor of a service bundle',
      { entrypoint: { type: 'service-bundle', services: { web: 'x' } } },
      undefined,
      `{"contents":{${packages}},"entrypoint":{"type":"service-bundle","command":"/bin/s6-svscan /sv","services":{"web":"x"}},"accounts":{},"archs":["arm64"]}`,
    ],
    [
      'leaves out what a path does not state',
      {
        paths: [
          { type: 'symlink', path: '/l', source: '/t', recursive: false },
          { path: '/p', type: 'permissions', permissions: 0o711, recursive: true },
        ],
      },
      undefined,
      `{"contents":{${packages}},"entrypoint":{},"accounts":{},"archs":["arm64"],"paths":[{"path":"/l","type":"symlink","source":"/t"},{"path":"/p","type":"permissions","permissions":457,"recursive":true}]}`,
    ],
  ])('%s', (_, file, runAs, expected) => {
    expect(text(file, runAs)).toBe(`${expected}\n`);
  });
});
