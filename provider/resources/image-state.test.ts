import { describe, expect, it } from 'vitest';
import type { PublishedImage, PublishedLine, PublishedVariant } from '../creator/published.js';
import { type Digest, digestOf } from '../support/digest.js';
import { imageDrift, imageOutputs, publishedImageOf } from './image-state.js';

const run = { owner: 'resource-1', traceId: 'trace-1', createdAt: '2026-02-01T10:00:00.000Z' };

function variantOf(version: string, suffix = ''): PublishedVariant {
  const digest = digestOf(version + suffix);
  const sbomUrl = `file:///registry/53/web/blobs/sha256/${digest.slice(7)}`;
  return {
    status: 'built',
    version,
    digest,
    tags: [`${version}-20260201100000`, version, version.slice(0, 3)].map((tag) => tag + suffix),
    sbomUrl,
    sbomUrls: { amd64: sbomUrl, arm64: sbomUrl },
    error: undefined,
  };
}

function lineOf(line: string, changes: Partial<PublishedLine> = {}): PublishedLine {
  return {
    line,
    ...variantOf(`${line}.1`),
    dev: variantOf(`${line}.1`, '-dev'),
    packagesAdded: {},
    skipped: [],
    endOfLife: '2030-06-30',
    warnings: [],
    ...changes,
  };
}

function imageOf(...lines: readonly PublishedLine[]): PublishedImage {
  const variants = lines.flatMap(({ dev, ...line }) => [line, ...(dev === undefined ? [] : [dev])]);
  const tags = variants.flatMap(({ tags: own, digest }) => own.map((tag) => [tag, digest] as const));
  return {
    status: 'created',
    repository: '/registry/53/web',
    lines,
    tags: Object.fromEntries(tags.filter((entry): entry is [string, Digest] => entry[1] !== undefined)),
    latest: digestOf('latest'),
    behind: [],
  };
}

describe('the state of an image', () => {
  it.each<[string, PublishedLine]>([
    ['production alone', lineOf('8.4', { dev: undefined })],
    ['both variants', lineOf('8.4')],
    [
      'a dev variant that failed',
      lineOf('8.4', {
        dev: {
          status: 'failed',
          version: undefined,
          digest: undefined,
          tags: [],
          sbomUrl: undefined,
          sbomUrls: {},
          error: { code: 'plan/conflict', message: 'no such package', hint: undefined },
        },
      }),
    ],
  ])('says the same as the image that was published: %s', (_, line) => {
    const state = JSON.parse(JSON.stringify(imageOutputs(imageOf(line), run))) as Record<string, unknown>;
    expect(publishedImageOf(state)).toEqual(imageOf(line));
  });

  it('of four lines with both variants stays small', () => {
    const packagesAdded = Object.fromEntries(
      Array.from({ length: 150 }, (_, index) => [`library-of-many-things${index}`, '1:2.36-9+deb12u10']),
    );
    const image = imageOf(...['8.2', '8.3', '8.4', '8.5'].map((line) => lineOf(line, { packagesAdded })));
    expect(JSON.stringify(imageOutputs(image, run)).length).toBeLessThan(50_000);
  });

  it('is drifted from when somebody moves the tag of a dev variant', () => {
    const image = imageOf(lineOf('8.4'));
    const state = imageOutputs(image, run);
    expect(imageDrift(state, image)).toEqual([]);
    const { '8.4-dev': _, ...rest } = image.tags;
    expect(imageDrift(state, { ...image, tags: rest })).toEqual(['the tag 8.4-dev is missing']);
  });
});
