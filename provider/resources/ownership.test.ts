import { describe, expect, it } from 'vitest';
import { PrivateImageError } from '../support/errors.js';
import { tellTakeover } from './ownership.js';
import type { ResourceContext, ResourceMessage } from './resource.js';
import type { UseCases } from './use-cases.js';

/** What is said of an image whose owner `readOwner` tells. */
async function said(readOwner: UseCases['readOwner']): Promise<readonly ResourceMessage[]> {
  const messages: ResourceMessage[] = [];
  const context: Pick<ResourceContext, 'place' | 'unknown' | 'former' | 'log'> & {
    useCases: () => Pick<UseCases, 'readOwner'>;
  } = {
    place: { tenant: '53', registry: 'registry.example' },
    unknown: 'unknown',
    former: new Set(),
    log: (message) => messages.push(message),
    useCases: () => ({ readOwner }),
  };
  await tellTakeover(context as unknown as ResourceContext, 'image', { name: 'web' }, 'own');
  return messages;
}

describe('a registry that is looked at in a preview', () => {
  it.each([
    ['nobody', undefined],
    ['the resource itself', 'own'],
  ])('is not spoken of where the image belongs to %s', async (_, owner) => {
    expect(await said(() => Promise.resolve(owner))).toEqual([]);
  });

  it('is warned of when it is away: nothing could be published', async () => {
    const away = new PrivateImageError('registry/failed', 'GET', {
      cause: new PrivateImageError('http/unreachable', 'registry.example cannot be reached'),
    });
    expect(await said(() => Promise.reject(away))).toEqual([
      {
        kind: 'warning',
        message: expect.stringMatching(/53\/web in registry\.example could not be published now: .*reached/u),
      },
    ]);
  });

  it('may refuse to be looked at: that says nothing of what can be written', async () => {
    const refused = new PrivateImageError('http/status', 'it answered 403');
    expect(await said(() => Promise.reject(refused))).toMatchObject([{ kind: 'status' }]);
  });
});
