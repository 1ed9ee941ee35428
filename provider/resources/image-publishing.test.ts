import { describe, expect, it } from 'vitest';
import { digestOf } from '../support/digest.js';
import { publishingChanges, tellPublishing, withPublishing } from './image-publishing.js';
import type { Properties, ResourceContext } from './resource.js';

const plain = { signing: 'none', mirrors: [] };
const key = { signing: 'key', signer: 'SHA256:one', mirrors: [] };
const identity = { signing: 'keyless', signer: 'dev@example.com (https://issuer.example)', logged: true, mirrors: [] };
const plan = { digest: digestOf('plan'), lines: {} };

function bag(publishing: object, planned: object = plan): Properties {
  return { name: 'web', plan: planned, publishing };
}

function told(before: Properties, after: Properties): string | undefined {
  const messages: string[] = [];
  const context: Pick<ResourceContext, 'log'> = { log: ({ message }) => messages.push(message) };
  tellPublishing(context as ResourceContext, after, before);
  expect(messages.length).toBeLessThan(2);
  return messages[0];
}

const there = 'the signatures that are there stay';

describe('what changes in how an image is published', () => {
  it.each<[object, object, readonly string[], string]>([
    [plain, key, ['signing', 'signer'], 'it is signed with the key SHA256:one'],
    [key, plain, ['signing', 'signer'], `it is not signed any more: ${there}`],
    [key, { ...key, signer: 'SHA256:two' }, ['signer'], `it is signed with another key, SHA256:two: ${there}`],
    [
      key,
      identity,
      ['signing', 'signer', 'logged'],
      `it is signed with the identity dev@example.com (https://issuer.example): ${there}; its signatures are entered in a transparency log`,
    ],
    [{ ...key, logged: true }, key, ['logged'], 'new signatures are entered in no transparency log'],
    [key, { ...key, signatureTags: true }, ['signatureTags'], 'its signatures are kept under the older tags as well'],
    [
      { ...key, signatureTags: true },
      key,
      ['signatureTags'],
      'new signatures are not kept under the older tags any more',
    ],
    [
      plain,
      { ...plain, mirrors: ['a', 'b'] },
      ['mirrors[0]', 'mirrors[1]'],
      'it is mirrored to a as well; it is mirrored to b as well',
    ],
    [
      { ...plain, mirrors: ['a', 'b'] },
      { ...plain, mirrors: ['b'] },
      ['mirrors[0]'],
      'it is not mirrored to a any more: what is there stays',
    ],
    [
      plain,
      { ...plain, retention: 1 },
      ['retention'],
      '1 old digest of each line and variant is kept, older ones are deleted',
    ],
    [{ ...plain, retention: 1 }, plain, ['retention'], 'all old digests of each line and variant are kept from now on'],
  ])('from %j to %j', (before, after, paths, sentence) => {
    expect(Object.keys(publishingChanges(bag(before), bag(after))).sort()).toEqual(
      paths.map((path) => `publishing.${path}`).sort(),
    );
    expect(told(bag(before), bag(after))).toBe(`web: ${sentence} (the digests stay)`);
    expect(told(bag(before), bag(after, { ...plan, digest: digestOf('other') }))).toBe(`web: ${sentence}`);
  });

  it.each<[string, Properties, Properties]>([
    ['the order of mirrors', bag({ ...plain, mirrors: ['a', 'b'] }), bag({ ...plain, mirrors: ['b', 'a'] })],
    ['a signer that is not known this time', bag(identity), bag({ ...identity, signer: undefined })],
    ['a signer that was not known last time', bag({ ...key, signer: undefined }), bag(key)],
    ['a state that does not say how it was published', { name: 'web', plan }, bag(key)],
    ['a new image', {}, bag(key)],
  ])('is nothing for %s', (_, before, after) => {
    expect(publishingChanges(before, after)).toEqual({});
    expect(told(before, after)).toBeUndefined();
  });

  it('is found by the inputs of the last run where the state of an older version does not say it', () => {
    const state = { name: 'web', plan };
    expect(publishingChanges(withPublishing(state, bag(plain)), bag(key))).not.toEqual({});
    expect(withPublishing(state, { name: 'web' })).toEqual(state);
    expect(withPublishing(bag(key), bag(plain))).toEqual(bag(key));
  });
});
