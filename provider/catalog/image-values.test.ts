import { describe, expect, it } from 'vitest';
import { readImageValues } from './image-values.js';
import { starterFileSchema } from './schema.js';
import { parseYaml } from './yaml-file.js';

function read(text: string) {
  const parsed = parseYaml(starterFileSchema, text, 'apko.yaml', readImageValues);
  return parsed.valid ? parsed.content : parsed.faults.map(({ path, message }) => `${path}: ${message}`);
}

describe('a text of an image', () => {
  it.each<[string, unknown]>([
    [
      'environment: {A: 3.10, B: 007, C: 1.0, D: 1e3, E: 0x1F, F: true, G: 12345678901234567890, 1.10: x}',
      {
        environment: {
          A: '3.10',
          B: '007',
          C: '1.0',
          D: '1e3',
          E: '0x1F',
          F: 'true',
          G: '12345678901234567890',
          '1.10': 'x',
        },
      },
    ],
    ['annotations: {version: 1.20, uid: 010}', { annotations: { version: '1.20', uid: '010' } }],
    ['entrypoint: {services: {uid: 0.50}}', { entrypoint: { services: { uid: '0.50' } } }],
    ['cmd: 0.10\nstop-signal: 09', { cmd: '0.10', 'stop-signal': '09' }],
    [
      'accounts: {run-as: 0065532, groups: [{groupname: g, gid: 010, members: [u]}]}',
      { accounts: { 'run-as': '0065532', groups: [{ groupname: 'g', gid: 8, members: ['u'] }] } },
    ],
    [
      'paths: [{path: /a, type: directory, uid: 0x10, permissions: 0755, recursive: true}]',
      { paths: [{ path: '/a', type: 'directory', uid: 16, permissions: 0o755, recursive: true }] },
    ],
    ['environment: &all {A: 1.10}\nannotations: *all', { environment: { A: '1.10' }, annotations: { A: '1.10' } }],
  ])('is what stands there: %s', (text, content) => {
    expect(read(text)).toEqual(content);
  });
});

describe('a key of an image without a value', () => {
  it.each<[string, unknown]>([
    ['environment:\npaths:\n  # none yet\nentrypoint:\ncmd:\narchs: [amd64]', { archs: ['amd64'] }],
    ['contents: {packages: [a], build_repositories: }', { contents: { packages: ['a'] } }],
    [
      'accounts: {run-as: , users: [{username: a, uid: 5, gid: , homedir: ""}]}',
      {
        accounts: { users: [{ username: 'a', uid: 5 }] },
      },
    ],
    ['work-dir: ""\nentrypoint: {type: "", command: ""}', { entrypoint: {} }],
    ['environment: {A: , B: "", C: ~}', { environment: { A: '', B: '', C: '' } }],
  ])('is one that is left out, but in a map of texts: %s', (text, content) => {
    expect(read(text)).toEqual(content);
  });

  it.each([
    ['no-such-key:', ['no-such-key: unknown key']],
    ['contents: {no-such-key: }', ['contents.no-such-key: unknown key']],
    ['accounts: {users: [{username: a, uid: }]}', ['accounts.users[0].uid: is required']],
  ])('is refused where nobody knows it or it has to be there: %s', (text, faults) => {
    expect(read(text)).toEqual(faults);
  });
});

it('takes in what is merged', () => {
  const text = 'environment: &base {A: 1.10, B: }\nannotations:\n  <<: *base\n  B: own\n';
  expect(read(text)).toEqual({ environment: { A: '1.10', B: '' }, annotations: { A: '1.10', B: 'own' } });
});
