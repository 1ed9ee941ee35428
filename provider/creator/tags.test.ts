import { describe, expect, it } from 'vitest';
import { assignTags, compareVersions, exactTag, isTimestampTag, tagsOfVersion, timestampTag } from './tags.js';

describe('compareVersions', () => {
  it.each([
    ['8.4', '8.10', -1],
    ['3.11.2', '3.13.5', -1],
    ['20', '18', 1],
    ['1.26.3', '1.26.3', 0],
    ['12.12', '13.2', -1],
  ])('%s and %s', (left, right, sign) => {
    expect(Math.sign(compareVersions(left, right))).toBe(sign);
    expect(Math.sign(compareVersions(right, left))).toBe(sign === 0 ? 0 : -sign);
  });
});

describe('tagsOfVersion', () => {
  it.each([
    ['8.4.12', ['8.4.12', '8.4', '8', 'latest']],
    ['12.12', ['12.12', '12', 'latest']],
    ['20', ['20', 'latest']],
    ['1.2+dfsg', ['1.2-dfsg', '1', 'latest']],
    ['1.2-dev', ['1.2.dev', '1.2', '1', 'latest']],
    ['1-dev.2', ['1.dev.2', '1.dev', '1', 'latest']],
    ['1.2-devel', ['1.2-devel', '1', 'latest']],
  ])('%s', (version, tags) => {
    expect(tagsOfVersion(version)).toEqual(tags);
  });
});

describe('assignTags', () => {
  it('gives floating tags to the most advanced version that was built', () => {
    const tags = assignTags(['8.4.12', '8.2.29']);
    expect(tags.get('8.4.12')).toEqual(['8.4.12', '8.4', '8', 'latest']);
    expect(tags.get('8.2.29')).toEqual(['8.2.29', '8.2']);
  });

  it('is not moved by a line that was not built', () => {
    expect(assignTags(['8.3.1', '8.4.12']).get('8.4.12')).toContain('latest');
  });

  it('gives every tag to exactly one version, in any order', () => {
    const versions = ['3.13.5', '3.11.2', '2.7.18', '3.9.1'];
    const all = [...assignTags(versions).values()].flat();
    expect(new Set(all).size).toBe(all.length);
    expect(assignTags([...versions].reverse()).get('3.13.5')).toEqual(assignTags(versions).get('3.13.5'));
  });
});

describe('the tags of dev variants', () => {
  it.each(['8.4.12', '8-dev', '1.2-dev.3', 'dev', '1~dev', '8.4-dev-dev', 'x-dev'])(
    'end in -dev, and those of production never do: %s',
    (version) => {
      expect(
        assignTags([version], 'dev')
          .get(version)
          ?.filter((tag) => !tag.endsWith('-dev')),
      ).toEqual([]);
      expect(
        assignTags([version])
          .get(version)
          ?.filter((tag) => tag.endsWith('-dev')),
      ).toEqual([]);
      expect(exactTag(version, 'dev')).toBe(`${exactTag(version, 'production')}-dev`);
    },
  );

  it('are given as those of production are', () => {
    const tags = assignTags(['8.4.12', '8.2.29'], 'dev');
    expect(tags.get('8.4.12')).toEqual(['8.4.12-dev', '8.4-dev', '8-dev', 'latest-dev']);
    expect(tags.get('8.2.29')).toEqual(['8.2.29-dev', '8.2-dev']);
  });
});

describe('timestampTag', () => {
  it('is in UTC, whatever the machine thinks', () => {
    expect(timestampTag('3.13.5', new Date('2026-11-21T04:05:06.789Z'))).toBe('3.13.5-20261121040506');
  });

  it('of a dev variant ends as all its tags do', () => {
    const published = new Date('2026-11-21T04:05:06.789Z');
    expect(timestampTag('3.13.5', published, 'dev')).toBe('3.13.5-20261121040506-dev');
  });

  it.each([
    ['3.13.5-20261121040506-dev', '3.13.5', true],
    ['3.13.5-20261121040506', '3.13.5', false],
    ['3.13.5-dev', '3.13.5', false],
    ['3.13.5-dev-20261121040506', '3.13.5', false],
  ])('%s of the dev variant of %s', (tag, version, expected) => {
    expect(isTimestampTag(tag, version, 'dev')).toBe(expected);
  });

  it.each([
    ['3.13.5-20261121040506', '3.13.5', true],
    ['3.13.5-20261121040506', '3.13', false],
    ['3.13.5-dev', '3.13.5', false],
    ['3.13.5-20261121040506-dev', '3.13.5', false],
    ['3.13.5', '3.13.5', false],
  ])('%s of %s', (tag, version, expected) => {
    expect(isTimestampTag(tag, version)).toBe(expected);
  });
});
