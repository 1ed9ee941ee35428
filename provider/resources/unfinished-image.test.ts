import { describe, expect, it } from 'vitest';
import type { PublishedLine } from '../creator/published.js';
import { type Digest, digestOf } from '../support/digest.js';
import type { Properties } from './resource.js';
import { unfinishedOutputs } from './unfinished-image.js';

const [standing, planned] = [digestOf('stands'), digestOf('is to be')];

function line(name: string, digest: Digest): PublishedLine {
  return {
    line: name,
    status: 'built',
    version: `${name}.1`,
    digest,
    tags: [],
    sbomUrl: undefined,
    sbomUrls: {},
    error: undefined,
    dev: undefined,
    packagesAdded: {},
    skipped: [],
    endOfLife: undefined,
    warnings: [],
  };
}

/** The digests in the state of a build that failed, which a preview knew as `planned`. */
function digestsAfter(olds: Properties | undefined, lines: readonly PublishedLine[]): unknown {
  const outputs = unfinishedOutputs({
    inputs: { name: 'web', digests: { '8.2': planned, '8.4': planned } },
    olds,
    progress: { repository: 'local/web', lines, builds: [standing], image: undefined },
    found: undefined,
    reason: 'The registry went away',
    failed: true,
    run: { owner: 'owner', traceId: 'trace', createdAt: undefined },
  });
  return outputs['digests'];
}

describe('digests of a build that did not come to its end', () => {
  it('are those that stood before an update, whatever was to be', () => {
    expect(digestsAfter({ name: 'web', digests: { '8.2': standing } }, [line('8.2', planned)])).toEqual({
      '8.2': standing,
    });
  });

  it('are those of the lines that a create had its turn with', () => {
    expect(digestsAfter(undefined, [line('8.2', standing)])).toEqual({ '8.2': standing });
  });
});
