import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSmallWorld, type SmallWorld } from '../../tests/fixtures/small-world.js';
import { errorOf } from '../../tests/fixtures/error-of.js';
import { readImage } from './read-image.js';

let world: SmallWorld;

beforeAll(async () => {
  world = await openSmallWorld();
});
afterAll(() => world.close());

describe('certificates for a registry', () => {
  const der = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'der' });

  it.each([
    ['PRIVATE_IMAGE_REGISTRY_CERTIFICATES', 'no certificate'],
    ['PRIVATE_IMAGE_REGISTRY_CLIENT_CERTIFICATE', 'no certificate'],
    ['PRIVATE_IMAGE_REGISTRY_CLIENT_KEY', 'no private key'],
  ])('that are not PEM are refused: %s', async (variable, what) => {
    const pair = {
      PRIVATE_IMAGE_REGISTRY_CLIENT_CERTIFICATE: await world.file('own.crt', '-----BEGIN CERTIFICATE-----'),
      PRIVATE_IMAGE_REGISTRY_CLIENT_KEY: await world.file('own.key', '-----BEGIN EC PRIVATE KEY-----'),
    };
    const file = await world.file('authority.der', der.toString('latin1'));
    const environment = { PRIVATE_IMAGE_REGISTRY: 'registry.invalid/team', ...pair, [variable]: file };
    const error = await errorOf(readImage(world.creator({ environment }), 'web'));
    expect(error).toMatchObject({ code: 'registry/bad-credentials', message: expect.stringContaining(what) });
    expect(error.message).toContain(file);
  });
});
