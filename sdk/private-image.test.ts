import * as pulumi from '@pulumi/pulumi';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FileBundle, PrivateImage } from './index.js';

const reference = `local/corporate-ca@sha256:${'0'.repeat(64)}`;

describe('the resources of a program', () => {
  const registered: pulumi.runtime.MockResourceArgs[] = [];
  beforeAll(async () => {
    await pulumi.runtime.setMocks(
      {
        newResource: (args) => {
          registered.push(args);
          return { id: args.name, state: { ...args.inputs, reference } };
        },
        call: () => ({}),
      },
      'project',
      'stack',
      true,
    );
  });
  beforeEach(() => {
    registered.length = 0;
  });

  /** What was registered under `name`, once its URN is there. */
  async function inputsOf(resource: pulumi.CustomResource, name: string): Promise<Readonly<Record<string, unknown>>> {
    await new Promise((resolve) => resource.urn.apply(resolve));
    return registered.find((args) => args.name === name)?.inputs as Readonly<Record<string, unknown>>;
  }

  it('have types that read well, and little code in the state', async () => {
    const inputs = await inputsOf(new PrivateImage('hello', { name: 'hello', starter: 'python' }), 'hello');
    expect(registered[0]?.type).toBe('pulumi-nodejs:dynamic/private-image:PrivateImage');
    expect(inputs['__provider']).toBe(
      'exports.handler = () => require("pulumi-private-image/dynamic-provider").privateImage();\n',
    );
    expect(inputs['__engine']).toEqual({
      urn: 'urn:pulumi:stack::project::pulumi-nodejs:dynamic/private-image:PrivateImage::hello',
      preview: true,
    });
  });

  it('tell what the stack configures, by names alone', async () => {
    pulumi.runtime.setAllConfig({ 'private-image:registri': 'r.example', 'project:other': 'x' });
    const inputs = await inputsOf(new PrivateImage('shop', { name: 'shop', starter: 'python' }), 'shop');
    expect(inputs['__engine']).toMatchObject({ settings: ['registri'] });
    pulumi.runtime.setAllConfig({});
  });

  it('send the lines that are wanted under a name of their own', async () => {
    const image = new PrivateImage('hello', { name: 'hello', starter: 'python', lines: ['3.13'] });
    const inputs = await inputsOf(image, 'hello');
    expect(inputs).toMatchObject({ requestedLines: ['3.13'] });
    expect(inputs['lines']).toBeUndefined();
  });

  it.each([
    ['a bundle', (bundle: FileBundle) => [bundle]],
    ['its reference', (bundle: FileBundle) => [bundle.reference]],
    ['a text', () => [reference]],
    ['a promise of a bundle', (bundle: FileBundle) => [Promise.resolve(bundle)]],
    ['an output of a list', (bundle: FileBundle) => pulumi.output([bundle.reference])],
    ['a promise of a list of bundles', (bundle: FileBundle) => Promise.resolve([bundle])],
  ])('take a file bundle as %s', async (_, given) => {
    const bundle = new FileBundle('ca', { name: 'corporate-ca', type: 'certificates', files: { 'ca.crt': 'x' } });
    const image = new PrivateImage('hello', { name: 'hello', starter: 'python', fileBundles: given(bundle) });
    expect((await inputsOf(image, 'hello'))['fileBundles']).toEqual([reference]);
  });

  it('leave it to the check to say that what should be a list is none', async () => {
    const given = reference as unknown as string[];
    const image = new PrivateImage('hello', { name: 'hello', starter: 'python', fileBundles: given });
    expect((await inputsOf(image, 'hello'))['fileBundles']).toBe(reference);
  });

  it('hand over assets as assets', async () => {
    const files = { 'a.conf': new pulumi.asset.StringAsset('a = 1') };
    const bundle = new FileBundle('settings', { name: 'settings', type: 'other', path: '/etc/app', files });
    const inputs = await inputsOf(bundle, 'settings');
    expect((inputs['files'] as Record<string, unknown>)['a.conf']).toBeInstanceOf(pulumi.asset.StringAsset);
  });
});
