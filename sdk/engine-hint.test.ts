import * as pulumi from '@pulumi/pulumi';
import { describe, expect, it } from 'vitest';
import { engineHintOf, secondsOf } from './engine-hint.js';
import { secretPaths } from './secret-paths.js';

describe('secondsOf', () => {
  it.each([
    ['5m', 300],
    ['1h30m', 5400],
    ['1.5s', 1.5],
    ['250ms', 0.25],
    ['', undefined],
    ['soon', undefined],
    ['5', undefined],
    [undefined, undefined],
  ])('of %s is %s', (duration, seconds) => {
    expect(secondsOf(duration)).toBe(seconds);
  });
});

describe('secretPaths', () => {
  const bundle = new (class extends pulumi.CustomResource {})('a:b:C', 'c', {}, { urn: 'urn:pulumi:s::p::a:b:C::c' });
  it.each<[string, object, readonly string[] | undefined]>([
    ['nothing', { name: 'web', packages: ['a'], description: undefined }, undefined],
    ['an output that is none', { name: pulumi.output('web') }, undefined],
    ['a secret', { description: pulumi.secret('s') }, ['description']],
    ['a secret in a map', { environment: { A: '1', 'B-C': pulumi.secret('s') } }, ['environment["B-C"]']],
    ['a secret in a list', { environment: [{ key: 'A', value: pulumi.secret('s') }] }, ['environment[0].value']],
    ['a secret in a promise', { environment: Promise.resolve({ A: pulumi.secret('s') }) }, ['environment.A']],
    ['a map that is secret as a whole', { environment: pulumi.output({ A: pulumi.secret('s') }) }, ['environment']],
    ['an asset', { files: { a: new pulumi.asset.StringAsset('x') } }, undefined],
    ['a resource', { fileBundles: [bundle] }, undefined],
  ])('finds in %s', async (_, args, paths) => {
    expect(await secretPaths(args)).toEqual(paths);
  });

  it('leaves a promise that fails to those who need its value', async () => {
    expect(await secretPaths({ description: Promise.reject(new Error('none')) })).toBeUndefined();
  });
});

describe('engineHintOf', () => {
  it('reads what a registration says, and has none where there is none', () => {
    const hint = { urn: 'urn', preview: true, secrets: ['a.b'], settings: ['registry'], timeouts: { create: '5m' } };
    expect(engineHintOf({ __engine: hint })).toEqual(hint);
    expect(engineHintOf({ __engine: { urn: 'urn', preview: false } })).toEqual({
      urn: 'urn',
      preview: false,
      secrets: [],
      settings: [],
      timeouts: {},
    });
    expect(engineHintOf({ name: 'web' })).toBeUndefined();
  });
});
