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

describe('a truth or a number of an image', () => {
  const path = (of: string): string => `paths: [{path: /a, type: directory, ${of}}]`;

  it.each<[string, unknown]>([
    ['recursive: yes', { recursive: true }],
    ['recursive: Off', { recursive: false }],
    ['recursive: "y"', { recursive: true }],
    ['permissions: 0O750', { permissions: 0o750 }],
    ['permissions: 0o7_50', { permissions: 0o750 }],
    ['permissions: 0b111101000', { permissions: 0o750 }],
    ['uid: 10_000', { uid: 10_000 }],
  ])('may be written as in YAML 1.1 and in Go: %s', (of, values) => {
    expect(read(path(of))).toEqual({ paths: [{ path: '/a', type: 'directory', ...(values as object) }] });
  });

  it.each([
    ['recursive: maybe', 'paths[0].recursive: Invalid input: expected boolean, received string'],
    ['uid: "10"', 'paths[0].uid: Invalid input: expected number, received string'],
    ['uid: 0o9', 'paths[0].uid: Invalid input: expected number, received string'],
  ])('cannot be %s', (of, fault) => {
    expect(read(path(of))).toEqual([fault]);
  });

  it('leaves the words of texts as they stand', () => {
    expect(read('environment: {recursive: yes, uid: 1_0}\ncmd: on')).toEqual({
      environment: { recursive: 'yes', uid: '1_0' },
      cmd: 'on',
    });
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
