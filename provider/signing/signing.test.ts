import { describe, expect, it } from 'vitest';
import { describeSigning, type SigningSettings } from './signing.js';

describe('how an image is signed', () => {
  it.each<[SigningSettings, RegExp]>([
    [{ kind: 'none' }, /is not signed.*Give a signing key/],
    [{ kind: 'key', privateKey: 'secret' }, /with a key, in no transparency log/],
    [
      { kind: 'key', privateKey: 'secret', rekorUrl: 'https://rekor.example' },
      /with a key, entered in https:\/\/rekor.example/,
    ],
    [
      { kind: 'keyless', identityToken: 'secret' },
      /with an identity.*public certificate authority.*public transparency log/,
    ],
    [
      { kind: 'keyless', rekorUrl: 'none', fulcioUrl: 'https://ca.example' },
      /https:\/\/ca.example, in no transparency log/,
    ],
  ])('%j is said', (settings, sentence) => {
    expect(describeSigning(settings)).toMatch(sentence);
    expect(describeSigning(settings)).not.toContain('secret');
  });
});
