import { createHash, generateKeyPairSync } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runProgram } from '../../provider/cli/program.js';
import { unknownValue } from '../../provider/resources/wire.js';
import { everywhere, openSmallWorld, type SmallWorld, standardContent } from '../fixtures/small-world.js';
import type { Bag } from './client.js';
import { type Front, type Kind, openDynamicFront, openPluginFront } from './fronts.js';

const image = { name: 'web', starter: 'php', packages: ['php-curl-auto'], environment: { GREETING: 'hi' } };
const bundle = { name: 'settings', type: 'other', path: '/etc/app', files: { 'app.conf': 'a = 1\n' } };

describe.each([
  ['dynamic resources', openDynamicFront],
  ['the plugin', openPluginFront],
])('through %s', (_, open) => {
  let world: SmallWorld;
  let front: Front;
  beforeEach(async () => {
    world = await openSmallWorld();
    front = await open(world);
  });
  afterEach(async () => {
    await front.close();
    await world.close();
  });

  async function checked(kind: Kind, inputs: Bag, olds: Bag = {}): Promise<Bag> {
    const result = await front.check(kind, olds, inputs);
    expect(result.failures).toEqual([]);
    return result.inputs;
  }

  async function created(kind: Kind, inputs: Bag): Promise<{ readonly id: string; readonly state: Bag }> {
    return front.create(kind, await checked(kind, inputs));
  }

  it('all faults are found at once, each with its property', async () => {
    const faulty = { ...image, name: 'W', packages: [''], environment: { A: '' }, lines: [], strange: 1 };
    const { failures } = await front.check('PrivateImage', {}, faulty);
    expect(failures.map(({ property }) => property).sort()).toEqual(
      ['environment.A', 'lines', 'name', 'packages[0]', 'strange'].sort(),
    );
  });

  it('what the starter and the packages have to say is told beside faults of form', async () => {
    const faulty = {
      ...image,
      name: 'W',
      packages: ['', 'php8.4-common'],
      environment: { A: '', PATH: '/bin' },
      lines: ['', '9'],
    };
    const { failures } = await front.check('PrivateImage', {}, faulty);
    expect(failures.map(({ property }) => property).sort()).toEqual(
      ['environment.A', 'environment.PATH', 'lines[0]', 'lines[1]', 'name', 'packages[0]', 'packages[1]'].sort(),
    );
    const other = await front.check('PrivateImage', {}, { ...image, name: 'W', starter: 'phpp' });
    expect(other.failures.map(({ property }) => property)).toEqual(['name', 'starter']);
  });

  it('an image is planned by check, built by create, and then there is nothing to do', async () => {
    const inputs = await checked('PrivateImage', image);
    expect(inputs['plan']).toMatchObject({ lines: { '8.2': { version: '8.2.29' }, '8.4': { version: '8.4.12' } } });
    const { id, state } = await front.create('PrivateImage', inputs);
    expect(id).toBe('53/web');
    expect(state).toMatchObject({ status: 'created', tags: { latest: state['latest'], '8': state['latest'] } });
    const again = await checked('PrivateImage', image, inputs);
    expect(await front.diff('PrivateImage', state, again)).toEqual({ changes: false, replaces: [] });
    expect(await front.read('PrivateImage', id, state)).toEqual(state);
  });

  it('an update changes packages and keeps what is for life', async () => {
    const { state } = await created('PrivateImage', image);
    const inputs = await checked('PrivateImage', { ...image, packages: ['jq'] }, state);
    expect((await front.diff('PrivateImage', state, inputs)).changes).toBe(true);
    const after = await front.update('PrivateImage', state, inputs);
    expect(after).toMatchObject({ owner: state['owner'], createdAt: state['createdAt'], packages: ['jq'] });
    expect(after['latest']).not.toBe(state['latest']);
  });

  it.each([
    ['name', 'shop'],
    ['starter', 'plain'],
  ])('a change of the %s replaces the image', async (property, value) => {
    const { state } = await created('PrivateImage', { ...image, packages: [] });
    const inputs = await checked('PrivateImage', { ...image, packages: [], [property]: value });
    expect((await front.diff('PrivateImage', state, inputs)).replaces).toEqual([property]);
  });

  it('a package with a setuid program is refused with the way to allow it, and built where that is done', async () => {
    const sudo = everywhere('sudo', '1.9', {}, { '/usr/bin/sudo': { setuid: 'sudo' } });
    await world.write(standardContent({ oldstable: sudo, stable: sudo }));
    const refused = await front
      .create('PrivateImage', await checked('PrivateImage', { ...image, packages: ['sudo'] }))
      .catch(String);
    expect(refused).toMatch(/setuid or setgid program \/usr\/bin\/sudo[\s\S]*setuidPrograms: \["\/usr\/bin\/sudo"\]/u);

    const inputs = { ...image, packages: ['sudo'], setuidPrograms: ['/bin/sudo'] };
    const { id, state } = await created('PrivateImage', inputs);
    expect(state).toMatchObject({ status: 'created', setuidPrograms: ['/bin/sudo'] });
    expect((await front.diff('PrivateImage', state, await checked('PrivateImage', inputs, state))).changes).toBe(false);
    const without = await checked('PrivateImage', { ...inputs, setuidPrograms: ['/usr/bin/*'] }, state);
    expect((await front.diff('PrivateImage', state, without)).changes).toBe(true);
    expect(await front.read('PrivateImage', id, state)).toEqual(state);
  });

  it('only the lines that are asked for are built', async () => {
    const { state } = await created('PrivateImage', { ...image, lines: ['8.2'] });
    expect(Object.keys(state['digests'] as Bag)).toEqual(['8.2']);
    const inputs = await checked('PrivateImage', { ...image, lines: ['8.2'] });
    expect((await front.diff('PrivateImage', state, inputs)).changes).toBe(false);
  });

  it('the end of a line that is asked for is told of, and holds up no other', async () => {
    const asked = { ...image, lines: ['8.2', '8.4'] };
    const before = await checked('PrivateImage', asked);
    const { state } = await front.create('PrivateImage', before);
    const { oldstable = [], stable = [] } = standardContent({ stable: everywhere('libworld', '2.1') });
    await world.write({ oldstable: oldstable.filter(({ name }) => !name.startsWith('php8.2')), stable });
    // What a run has read of a mirror, it goes by.
    await front.close();
    front = await open(world);
    const inputs = await checked('PrivateImage', asked, before);
    const after = await front.update('PrivateImage', state, inputs);
    expect(after['digests']).toEqual({ '8.4': expect.not.stringMatching((state['digests'] as Bag)['8.4'] as string) });
    const messages = front.engine.said.filter(({ kind }) => kind === 'warning').map(({ message }) => message);
    expect(messages.join('\n')).toMatch(/php 8\.2: .*not maintained.*last build stays/u);
    // It is so on each day that follows, and what nobody had before is a fault.
    expect(await checked('PrivateImage', asked, inputs)).toMatchObject({ plan: inputs['plan'] });
    const { failures } = await front.check('PrivateImage', inputs, { ...image, lines: ['8.2', '8.4', '7.4'] });
    expect(failures.map(({ property }) => property)).toEqual(['lines[0]', 'lines[2]']);
  });

  it('a line that fails is told of and hides no other', async () => {
    const { state } = await created('PrivateImage', { ...image, packages: ['only-new'] });
    expect(state['status']).toBe('some lines created');
    const lines = state['lines'] as readonly Bag[];
    expect(lines.map(({ line, status }) => `${String(line)} ${String(status)}`)).toEqual(['8.2 failed', '8.4 built']);
    const warnings = front.engine.said.filter(({ kind }) => kind === 'warning');
    expect(warnings.map(({ message }) => message).join('\n')).toMatch(/php 8\.2 \(oldstable, amd64\): .*only-new/u);
    expect(new Set(warnings.map(({ urn }) => urn.split('::').at(-1)))).toEqual(new Set(['web']));
  });

  it('an image without a line that builds says why for each, with the trace ID', async () => {
    const inputs = await checked('PrivateImage', { ...image, packages: ['nowhere'] });
    await expect(front.create('PrivateImage', inputs)).rejects.toThrow(
      /trace ID [0-9a-f]{16}\n {2}php 8\.2 \(.*nowhere[\s\S]*php 8\.4 \(.*nowhere/u,
    );
  });

  it('what is not computed yet is planned around', async () => {
    const inputs = await checked('PrivateImage', { ...image, environment: { GREETING: unknownValue } });
    expect(inputs['plan']).toMatchObject({ digest: unknownValue, lines: { '8.4': { version: '8.4.12' } } });
    const nothing = await checked('PrivateImage', { ...image, packages: [unknownValue] });
    expect(nothing['plan']).toBe(unknownValue);
  });

  it('a secret in an image is warned of, by the name of its property and not by its value', async () => {
    const { failures } = await front.check('PrivateImage', {}, image, ['GREETING']);
    expect(failures).toEqual([]);
    const [warning] = front.engine.said.filter(({ kind }) => kind === 'warning');
    expect(warning?.message).toContain('environment.GREETING holds a secret');
    expect(JSON.stringify(front.engine.said)).not.toContain('"hi"');
  });

  it('a secret in an image is refused where the setting says so', async () => {
    await front.close();
    front = await open(world, { PRIVATE_IMAGE_FORBID_SECRETS_IN_IMAGES: 'true' });
    const { failures } = await front.check('PrivateImage', {}, image, ['GREETING']);
    expect(failures.map(({ property }) => property)).toEqual(['environment.GREETING']);
    expect(failures[0]?.reason).toContain('forbidSecretsInImages');
  });

  it('a bundle is published, its image rebuilt when it changes, and it is kept while in use', async () => {
    const first = await created('FileBundle', bundle);
    const reference = first.state['reference'];
    const { id, state } = await created('PrivateImage', { ...image, fileBundles: [reference] });
    await expect(front.delete('FileBundle', first.id, first.state)).rejects.toThrow(/in use by 53\/web/u);

    const changed = await checked('FileBundle', { ...bundle, files: { 'app.conf': 'a = 2\n' } });
    expect((await front.diff('FileBundle', first.state, changed)).changes).toBe(true);
    const after = await front.update('FileBundle', first.state, changed);
    const inputs = await checked('PrivateImage', { ...image, fileBundles: [after['reference']] }, state);
    const rebuilt = await front.update('PrivateImage', state, inputs);
    expect(rebuilt['latest']).not.toBe(state['latest']);

    await front.delete('PrivateImage', id, rebuilt);
    await front.delete('FileBundle', first.id, after);
    expect(await front.read('FileBundle', first.id, after)).toBeUndefined();
  });

  describe('a change of how images are published', () => {
    /** Opens the front anew, with other settings. */
    async function reopen(settings: Readonly<Record<string, string>>): Promise<void> {
      await front.close();
      front = await open(world, settings);
    }

    it('is an update that signs and mirrors what stands, builds nothing, and is done with then', async () => {
      const { state } = await created('PrivateImage', image);
      const before = await contentOf(path.join(world.folder, 'cache', 'store'));
      const key = await signingKey('own.key');
      const settings = {
        PRIVATE_IMAGE_SIGNING_KEY: key.file,
        PRIVATE_IMAGE_MIRROR_REGISTRIES: path.join(world.folder, 'copies'),
      };
      await reopen(settings);
      const inputs = await checked('PrivateImage', image, state);
      expect(inputs['publishing']).toMatchObject({ signing: 'key', signer: key.fingerprint });
      expect(await front.diff('PrivateImage', state, inputs)).toEqual({ changes: true, replaces: [] });
      const after = await front.update('PrivateImage', state, inputs);
      expect([after['digests'], after['tags']]).toEqual([state['digests'], state['tags']]);
      expect(await contentOf(path.join(world.folder, 'cache', 'store'))).toEqual(before);
      for (const home of ['registry', 'copies']) expect(await verified(home, key.publicKey)).toBe(0);

      const again = await checked('PrivateImage', image, after);
      expect(await front.diff('PrivateImage', after, again)).toEqual({ changes: false, replaces: [] });
      expect(JSON.stringify([after, front.engine.said])).not.toContain(key.secret);
    });

    it('is none in a state that says nothing of it, and is one from the next run on', async () => {
      const created_ = await created('PrivateImage', image);
      const { publishing: _, ...state } = created_.state;
      const key = await signingKey('own.key');
      await reopen({ PRIVATE_IMAGE_SIGNING_KEY: key.file });
      const inputs = await checked('PrivateImage', image, state);
      expect(await front.diff('PrivateImage', state, inputs)).toEqual({ changes: false, replaces: [] });

      // The engine keeps these inputs, although there was nothing to do.
      await reopen({ PRIVATE_IMAGE_SIGNING_KEY: (await signingKey('other.key')).file });
      const later = await checked('PrivateImage', image, inputs);
      expect(await front.diff('PrivateImage', state, later, inputs)).toEqual({ changes: true, replaces: [] });
    });

    it('to a key that cannot be used is warned of, and is no change', async () => {
      const { state } = await created('PrivateImage', image);
      const key = await signingKey('own.key');
      await reopen({ PRIVATE_IMAGE_SIGNING_KEY: key.file });
      const signed = await front.update('PrivateImage', state, await checked('PrivateImage', image, state));
      await world.file('own.key', 'no key');
      await reopen({ PRIVATE_IMAGE_SIGNING_KEY: key.file });
      const inputs = await checked('PrivateImage', image, signed);
      expect((await front.diff('PrivateImage', signed, inputs)).changes).toBe(false);
      expect(front.engine.said.filter(({ kind }) => kind === 'warning').map(({ message }) => message)).toEqual([
        expect.stringContaining('The private key is no PEM'),
      ]);
    });

    async function signingKey(name: string) {
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const secret = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
      const der = publicKey.export({ type: 'spki', format: 'der' });
      return {
        file: await world.file(name, secret),
        publicKey: await world.file(`${name}.pub`, publicKey.export({ type: 'spki', format: 'pem' }).toString()),
        fingerprint: `SHA256:${createHash('sha256').update(der).digest('base64')}`,
        secret: secret.split('\n')[1]!,
      };
    }

    /** The exit code of `private-image verify`. */
    function verified(home: string, publicKey: string): Promise<number> {
      return runProgram(['verify', `${path.join(world.folder, home, '53/web')}:latest`, '--key', publicKey], {
        environment: world.environment(),
        workingDirectory: world.folder,
        home: world.folder,
        clock: () => world.now,
        signal: new AbortController().signal,
        write: () => undefined,
        writeError: () => undefined,
        isTerminal: false,
      });
    }
  });

  it('an image that is gone leaves the state', async () => {
    const { id, state } = await created('PrivateImage', image);
    await rm(path.join(world.folder, 'registry'), { recursive: true });
    expect(await front.read('PrivateImage', id, state)).toBeUndefined();
  });

  it('updates of packages are told of in a refresh', async () => {
    const { id, state } = await created('PrivateImage', { ...image, packages: [] });
    await world.write(standardContent({ stable: everywhere('libworld', '2.1') }));
    await front.close();
    front = await open(world);
    // The state stays as it is: an update is a matter of the next `up`.
    expect(await front.read('PrivateImage', id, state)).toEqual(state);
    const warnings = front.engine.said.filter(({ kind }) => kind === 'warning').map(({ message }) => message);
    expect(warnings).toEqual([
      expect.stringMatching(/^php 8\.4: package updates are available.*\n {2}~ libworld 2\.0 → 2\.1$/u),
    ]);
  });
});

/** The names of all files below a folder. */
async function contentOf(folder: string): Promise<readonly string[]> {
  return (await readdir(folder, { recursive: true })).sort();
}
