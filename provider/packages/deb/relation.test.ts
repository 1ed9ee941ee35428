import { describe, expect, it } from 'vitest';
import { isPrivateImageError } from '../../support/errors.js';
import { applies, mentionedNames, parseRelations, relationReader, satisfies } from './relation.js';

describe('relations', () => {
  it('have alternatives, constraints, qualifiers, architectures and profiles', () => {
    const [first, second, third] = parseRelations(
      'libc6 (>= 2.36), default-mta |\n mail-transport-agent,python3:any (<<3.12) [amd64 !arm64] <!nocheck> <cross stage1>',
    );
    expect(first).toEqual({
      text: 'libc6 (>= 2.36)',
      alternatives: [
        {
          name: 'libc6',
          constraint: { operator: '>=', version: '2.36' },
          qualifier: undefined,
          architectures: [],
          profiles: [],
        },
      ],
    });
    expect(second?.text).toBe('default-mta | mail-transport-agent');
    expect(second?.alternatives.map((one) => one.name)).toEqual(['default-mta', 'mail-transport-agent']);
    expect(third?.alternatives[0]).toEqual({
      name: 'python3',
      constraint: { operator: '<<', version: '3.12' },
      qualifier: 'any',
      architectures: ['amd64', '!arm64'],
      profiles: [['!nocheck'], ['cross', 'stage1']],
    });
  });

  it.each([
    ['a (<< 1)', '<<'],
    ['a (<= 1)', '<='],
    ['a (= 1)', '='],
    ['a (>= 1)', '>='],
    ['a (>> 1)', '>>'],
    ['a (< 1)', '<='],
    ['a (> 1)', '>='],
    ['a (1)', '='],
    ['a(>=1)', '>='],
  ])('%s compares with %s', (text, operator) => {
    expect(parseRelations(text)[0]?.alternatives[0]?.constraint).toEqual({ operator, version: '1' });
  });

  it('of nothing are none', () => {
    expect(parseRelations(' , ')).toEqual([]);
    expect(relationReader()(undefined)).toEqual([]);
  });

  it('are the same object for the same text', () => {
    const read = relationReader();
    expect(read('a, b')).toBe(read('a, b'));
  });

  it.each(['a | ', '(>= 1)', 'a (>= 1', 'a (>= )', 'a b', 'a (>> 1) (<< 2)', 'a [amd64', '| a'])(
    '%j is refused',
    (text) => {
      expect(() => parseRelations(text)).toThrow(
        expect.toSatisfy((error) => isPrivateImageError(error, 'relation/malformed')),
      );
    },
  );

  it.each([
    ['1.0', '<<', '1.0', false],
    ['1.0', '<=', '1.0', true],
    ['1.0~', '<<', '1.0', true],
    ['1.0-1', '=', '1.0-1', true],
    ['1:1.0', '>=', '2.0', true],
    ['1.0', '>>', '1.0', false],
  ] as const)('%s %s %s is %s', (version, operator, other, expected) => {
    expect(satisfies(version, { operator, version: other })).toBe(expected);
    expect(satisfies(version, undefined)).toBe(true);
  });

  it.each([
    ['a', [], true],
    ['a [amd64]', [], true],
    ['a [arm64 i386]', [], false],
    ['a [!amd64]', [], false],
    ['a [!arm64]', [], true],
    ['a [linux-any]', [], true],
    ['a [any-amd64]', [], true],
    ['a [hurd-any]', [], false],
    ['a <!nocheck>', [], true],
    ['a <!nocheck>', ['nocheck'], false],
    ['a <cross>', [], false],
    ['a <cross> <!stage1>', [], true],
    ['a <cross !stage1>', ['cross'], true],
  ])('%s on amd64 with profiles %j applies: %s', (text, profiles, expected) => {
    const alternative = parseRelations(text)[0]?.alternatives[0];
    expect(alternative && applies(alternative, 'amd64', profiles)).toBe(expected);
  });

  it('mention names in order, but not those of another architecture package', () => {
    expect(mentionedNames('b (>= 1) | a, python3:any, c [amd64]')).toEqual(['b', 'a', 'c']);
  });
});
