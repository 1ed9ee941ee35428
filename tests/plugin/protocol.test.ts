import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import plugin from '@pulumi/pulumi/proto/plugin_pb.js';
import messages from '@pulumi/pulumi/proto/provider_pb.js';
import type * as wire from '@pulumi/pulumi/proto/provider_pb.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Empty, Struct } from '../../provider/plugin/protocol.js';
import { type PluginServer, servePlugin } from '../../provider/plugin/server.js';
import { fileBundleSchema } from '../../provider/resources/file-bundle-schema.js';
import { bundleOutputFields, imageOutputFields, planOutput } from '../../provider/resources/image-outputs.js';
import { privateImageSchema } from '../../provider/resources/private-image-schema.js';
import { signatureKey, signatures, typedUnknowns, unknownValue } from '../../provider/resources/wire.js';
import { type MirrorServer, serveMirror } from '../bad-inputs/mirror-server.js';
import { openSmallWorld, type SmallWorld } from '../fixtures/small-world.js';
import { asked, type Bag, openClient, type ProviderClient, secret } from './client.js';
import { type ListeningEngine, openEngine } from './engine.js';

const urn = 'urn:pulumi:test::project::private-image:index:PrivateImage::web';
const bundleUrn = 'urn:pulumi:test::project::private-image:index:FileBundle::settings';
const image = { name: 'web', starter: 'php', environment: { GREETING: 'hi' } };
const { ADD, UPDATE, DELETE, UPDATE_REPLACE } = messages.PropertyDiff.Kind;

/** Properties of `value`, at any depth, that `schema` does not know. */
function strangers(schema: z.ZodType, value: unknown, path = ''): readonly string[] {
  const inner = schema instanceof z.ZodOptional ? (schema.unwrap() as z.ZodType) : schema;
  if (Array.isArray(value)) {
    const { element } = inner as z.ZodArray<z.ZodType>;
    return value.flatMap((item, index) => strangers(element, item, `${path}[${index}]`));
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    if (inner instanceof z.ZodRecord) return strangers(inner.valueType as z.ZodType, item, `${path}.${key}`);
    if (!(inner instanceof z.ZodObject)) return [];
    const known: unknown = inner.shape[key];
    return known === undefined ? [`${path}.${key}`] : strangers(known as z.ZodType, item, `${path}.${key}`);
  });
}

/** Why a call is refused. */
function refusal(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'it was not',
    (error: unknown) => String(error),
  );
}

describe('the plugin', () => {
  let world: SmallWorld;
  let engine: ListeningEngine;
  let server: PluginServer;
  let client: ProviderClient;
  beforeEach(async () => {
    world = await openSmallWorld();
    engine = await openEngine();
    server = await start();
    client = openClient(server.port);
    await client.configure();
  });
  afterEach(async () => {
    client.close();
    await server.close();
    engine.close();
    await world.close();
  });

  function start(environment: Readonly<Record<string, string>> = {}): Promise<PluginServer> {
    return servePlugin({
      engineAddress: engine.address,
      environment: { ...world.environment(), PRIVATE_IMAGE_ARCHITECTURES: 'amd64', ...environment },
      workingDirectory: world.folder,
      home: world.folder,
      clock: () => world.now,
      version: '1.2.3',
    });
  }

  async function restart(environment: Readonly<Record<string, string>>): Promise<void> {
    client.close();
    await server.close();
    server = await start(environment);
    client = openClient(server.port);
    await client.configure();
  }

  async function checked(inputs: Bag, of = urn): Promise<Bag> {
    const result = await client.check(of, {}, inputs);
    expect(result.failures).toEqual([]);
    return result.inputs;
  }

  describe('greets the engine', () => {
    it('with its version', async () => {
      const info = await asked<InstanceType<typeof plugin.PluginInfo>>((reply) =>
        client.raw.getPluginInfo(new Empty(), reply),
      );
      expect(info.getVersion()).toBe('1.2.3');
    });

    it('with what it can do, by handshake and by configure', async () => {
      const request = new messages.ProviderHandshakeRequest().setEngineAddress(engine.address);
      const shake = await asked<wire.ProviderHandshakeResponse>((reply) => client.raw.handshake(request, reply));
      expect(shake.toObject()).toMatchObject({ acceptSecrets: true, acceptOutputs: true, acceptResources: true });
      expect(await client.configure()).toMatchObject({
        acceptsecrets: true,
        supportspreview: true,
        acceptoutputs: true,
      });
    });

    it('and says what it has to say to the one that attaches', async () => {
      const other = await openEngine();
      try {
        await asked((reply) => client.raw.attach(new plugin.PluginAttach().setAddress(other.address), reply));
        await client.check(urn, {}, { ...image, environment: { GREETING: secret('hi') } });
        expect(other.said.some(({ message }) => message.includes('holds a secret'))).toBe(true);
        expect(engine.said).toEqual([]);
      } finally {
        other.close();
      }
    });

    it('but not with what it has not', async () => {
      const request = new messages.ParameterizeRequest();
      await expect(asked((reply) => client.raw.parameterize(request, reply))).rejects.toMatchObject({ code: 12 });
    });
  });

  describe('configuration', () => {
    it('finds every fault with its property, and marks what is always secret', async () => {
      const args = { tenant: 'A/B', concurrency: 0, registri: 'x', repositoryAuth: ['https://a.test=bearer x'] };
      const { inputs, failures } = await client.checkConfig(args);
      expect(failures.map(({ property }) => property).sort()).toEqual(['concurrency', 'registri', 'tenant']);
      expect(failures.find(({ property }) => property === 'registri')?.reason).toMatch(/did you mean registry/u);
      expect(inputs['repositoryAuth']).toEqual(secret(['https://a.test=bearer x']));
    });

    it('names what is secret in words alone, for the engine shows the value of a property that is named', async () => {
      const args = { registryAuth: ['hunter2'], tenant: secret('hunter2!') };
      expect((await client.checkConfig(args)).failures).toEqual([
        { property: '', reason: expect.stringMatching(/tenant/u) },
        { property: '', reason: expect.stringMatching(/registryAuth/u) },
      ]);
    });

    it.each([
      ['a list', ['arm64']],
      ['a list in JSON', '["arm64"]'],
      ['a text', 'arm64'],
    ])('takes architectures as %s', async (_, architectures) => {
      await client.configure({ architectures });
      const { result } = await client.invoke('private-image:index:getPlan', { ...image, packages: ['jq'] });
      expect(result).toHaveProperty('plan.digest');
      const { state } = await built(image);
      expect(Object.keys((state['lines'] as readonly Bag[])[0]!['sbomUrls'] as Bag)).toEqual(['arm64']);
    });

    it('tells of a variable that is spelt almost as one of a setting', async () => {
      await restart({ PRIVATE_IMAGE_REGISTRI: 'r.example' });
      const said = engine.said.filter(({ message }) => message.includes('PRIVATE_IMAGE_REGISTRI'));
      expect(said).toMatchObject([{ kind: 'warning', urn: '' }]);
    });

    it('leaves faults of unknown settings for later', async () => {
      expect((await client.checkConfig({ tenant: unknownValue })).failures).toEqual([]);
    });

    it('never replaces the provider, for with it went all its resources', async () => {
      const request = new messages.DiffRequest();
      request
        .setOlds(Struct.fromJavaScript({ tenant: 'a', cache: '/c' }))
        .setNews(Struct.fromJavaScript({ tenant: 'b' }));
      const { changes, replacesList, detaileddiffMap } = (
        await asked<wire.DiffResponse>((reply) => client.raw.diffConfig(request, reply))
      ).toObject();
      expect({ changes, replacesList }).toEqual({ changes: 2, replacesList: [] });
      expect(Object.fromEntries(detaileddiffMap)).toMatchObject({ tenant: { kind: UPDATE }, cache: { kind: DELETE } });
    });

    it('fails calls that come before it', async () => {
      const bare = await start();
      const early = openClient(bare.port);
      await expect(early.check(urn, {}, image)).rejects.toThrow(/before it was configured/u);
      early.close();
      await bare.close();
    });
  });

  async function built(inputs: Bag): Promise<{ readonly id: string; readonly inputs: Bag; readonly state: Bag }> {
    const all = await checked(inputs);
    const { id, outputs } = await client.create(urn, all);
    return { id, inputs: all, state: outputs };
  }

  describe('secrets', () => {
    it('are not shown with a fault of theirs', async () => {
      const news = { ...image, environment: secret('hunter2'), description: 5 };
      const { failures } = await client.check(urn, {}, news);
      expect(failures).toEqual([
        { property: 'description', reason: 'a description is a text' },
        { property: '', reason: 'environment is a map, or a list of { key, value }' },
      ]);
    });

    it('stay secret from inputs to checked inputs and outputs, down to the one value', async () => {
      const { inputs, state } = await built({ ...image, environment: { GREETING: 'hi', PASSWORD: secret('hunter2') } });
      for (const bag of [inputs, state]) {
        expect(bag['environment']).toEqual({ GREETING: 'hi', PASSWORD: secret('hunter2') });
        expect(JSON.stringify(bag).split('hunter2')).toHaveLength(2);
      }
      expect(JSON.stringify(engine.said)).not.toContain('hunter2');
    });

    it('take what they are in with them when they change their place', async () => {
      const environment = [{ key: 'PASSWORD', value: secret('hunter2') }];
      expect((await checked({ ...image, environment }))['environment']).toEqual(secret({ PASSWORD: 'hunter2' }));
    });

    it('are compared by their values', async () => {
      const { state } = await built({ ...image, description: secret('one') });
      const same = await checked({ ...image, description: secret('one') });
      expect((await client.diff(urn, state, same)).changes).toBe(1);
      const other = await checked({ ...image, description: 'two' });
      expect(Object.fromEntries((await client.diff(urn, state, other)).detaileddiffMap)).toHaveProperty('description');
    });

    it('in whatever of an image stands in it are warned of, and refused where the setting says so', async () => {
      const news = { ...image, description: secret('hunter2'), packages: [secret('jq')] };
      expect((await client.check(urn, {}, news)).failures).toEqual([]);
      const said = engine.said
        .filter(({ message }) => message.includes('holds a secret'))
        .map(({ message }) => message);
      expect(said.map((message) => message.split(' ')[0]).sort()).toEqual(['description', 'packages[0]']);
      await restart({ PRIVATE_IMAGE_FORBID_SECRETS_IN_IMAGES: 'true' });
      const { failures } = await client.check(urn, {}, news);
      // The engine shows the value of a property that is named.
      expect(failures.map(({ property }) => property).sort()).toEqual(['', 'packages[0]']);
      expect(failures.find(({ property }) => property === '')?.reason).toMatch(/^description: holds a secret/u);
    });

    it('of a bundle are warned of', async () => {
      const inputs = { name: 'settings', type: 'other', path: '/etc', files: { 'app.conf': secret('hunter2') } };
      const bundle = await checked(inputs, bundleUrn);
      expect(bundle['files']).toEqual({ 'app.conf': secret('hunter2') });
      expect(engine.said[0]).toMatchObject({ kind: 'warning', urn: bundleUrn });
    });
  });

  describe('unknown values', () => {
    it.each([unknownValue, ...typedUnknowns, { [signatureKey]: signatures.output }])(
      'as %j leave the rest planned',
      async (unknown) => {
        const inputs = await checked({ ...image, environment: { GREETING: unknown } });
        expect(inputs).toMatchObject({
          environment: { GREETING: unknownValue },
          plan: { digest: unknownValue, lines: { '8.4': { version: '8.4.12' } } },
        });
      },
    );

    it('of outputs that are known are what they are', async () => {
      const known = { [signatureKey]: signatures.output, value: 'hi', secret: true };
      expect((await checked({ ...image, environment: { GREETING: known } }))['environment']).toEqual({
        GREETING: secret('hi'),
      });
    });
  });

  describe('a preview', () => {
    it('of a new image gives its plan, leaves open what is not known, tells each line, and builds nothing', async () => {
      const { id, outputs } = await client.create(urn, await checked(image), { preview: true });
      expect(id).toBe('');
      expect(outputs).toMatchObject({
        name: 'web',
        plan: { lines: { '8.4': {} } },
        latest: unknownValue,
        lines: unknownValue,
      });
      const rows = engine.said.filter(({ kind }) => kind === 'info').map(({ message }) => message);
      expect(rows).toEqual([
        expect.stringMatching(/^php 8\.2: 8\.2\.29 → tags 8\.2\.29, 8\.2 \(/u),
        expect.stringMatching(/^php 8\.4: 8\.4\.12 → tags 8\.4\.12, 8\.4, 8, latest \(/u),
      ]);
      expect((await client.read(urn, '53/web', { ...outputs })).id).toBe('');
    });

    it('of an update says what changes, and why the digests do', async () => {
      const { state } = await built(image);
      engine.said.length = 0;
      const news = await checked({ ...image, packages: ['jq'], environment: { GREETING: 'ho', NEW: '1' } });
      const planned = await client.update(urn, state, news, { preview: true });
      expect(planned).toMatchObject({
        latest: unknownValue,
        createdAt: state['createdAt'],
        repository: state['repository'],
      });
      const rows = engine.said.filter(({ kind }) => kind === 'info').map(({ message }) => message);
      expect(rows.join('\n')).toMatch(
        /php 8\.4: .*installed\)\n {2}installed size .* \(\+.*\)\n {2}\+ jq 1\.7\n {2}\+ libjq 1\.7/u,
      );
      expect(rows.at(-1)).toBe(
        'web: the digests change: packages (+ jq); environment (~ GREETING, + NEW); ' +
          'packages of 8.2 (+ jq 1.6 and 1 more); packages of 8.4 (+ jq 1.7 and 1 more)',
      );
    });

    it('gives the digests of what was built before, and leaves them open otherwise', async () => {
      const { state } = await built(image);
      const other = await checked({ ...image, environment: { GREETING: 'ho' } });
      const changed = await client.update(urn, state, other, { preview: true });
      expect(changed['digests']).toBe(unknownValue);
      const after = await client.update(urn, state, other);
      expect(after['digests']).not.toEqual(state['digests']);
      engine.said.length = 0;
      const back = await client.update(urn, after, await checked(image), { preview: true });
      expect(back).toMatchObject({ digests: state['digests'], latest: state['latest'], tags: unknownValue });
      expect(engine.said.map(({ message }) => message).join('\n')).toContain(`digest ${String(state['latest'])}`);
    });

    it('of an update that changes no image keeps its digests', async () => {
      const { state } = await built(image);
      const news = { ...(await checked(image)), environment: { GREETING: 'hi' } };
      expect(await client.update(urn, state, news, { preview: true })).toMatchObject({ latest: state['latest'] });
    });
  });

  describe('a diff', () => {
    it('names each property that changes, with the kind of its change', async () => {
      const { state } = await built({ ...image, packages: ['jq', 'only-amd64'] });
      const environment = { OTHER: 'x' };
      const news = await checked({
        ...image,
        environment,
        packages: ['libjq', 'jq'],
        lines: ['8.4'],
        description: 'd',
      });
      const { detaileddiffMap, stablesList, diffsList, hasdetaileddiff } = await client.diff(urn, state, news);
      const diff = Object.fromEntries(detaileddiffMap);
      expect(hasdetaileddiff).toBe(true);
      expect(diff).toMatchObject({
        'environment.OTHER': { kind: ADD, inputdiff: true },
        'environment.GREETING': { kind: DELETE, inputdiff: true },
        'packages[0]': { kind: ADD, inputdiff: true },
        'packages[1]': { kind: DELETE, inputdiff: true },
        lines: { kind: ADD, inputdiff: true },
        description: { kind: ADD, inputdiff: true },
        'plan.lines["8.4"].packages["only-amd64"]': { kind: DELETE, inputdiff: true },
      });
      expect(diffsList).toEqual(expect.arrayContaining(['environment', 'packages', 'lines', 'plan']));
      expect(stablesList).toEqual(expect.arrayContaining(['name', 'repository', 'createdAt']));
    });

    it('marks what replaces', async () => {
      const { state } = await built(image);
      const { detaileddiffMap, replacesList, stablesList } = await client.diff(
        urn,
        state,
        await checked({ ...image, name: 'shop' }),
      );
      expect(Object.fromEntries(detaileddiffMap)['name']).toMatchObject({ kind: UPDATE_REPLACE });
      expect({ replacesList, stablesList }).toEqual({ replacesList: ['name'], stablesList: [] });
    });

    it('shows what a refresh found', async () => {
      const { state } = await built(image);
      const { detaileddiffMap } = await client.diff(
        urn,
        { ...state, drift: ['the tag 8 is missing'] },
        await checked(image),
      );
      expect(Object.fromEntries(detaileddiffMap)).toEqual({ drift: { kind: DELETE, inputdiff: false } });
    });
  });

  describe('an import', () => {
    it('gives back what an image was asked to be, and then there is nothing to do', async () => {
      const asked = { ...image, packages: ['jq', 'php-curl-auto'], description: 'For tests' };
      const { inputs, state } = await built(asked);
      const found = await client.read(urn, '53/web', {});
      expect(found.id).toBe('53/web');
      expect(found.inputs).toEqual(asked);
      // How it was published is not to be seen in a registry.
      const { traceId: _, createdAt: __, publishing: ___, ...same } = state;
      expect(found.outputs).toMatchObject(same);
      expect((await client.diff(urn, found.outputs, inputs)).changes).toBe(1);
    });

    it('takes the whole reference of a repository as well', async () => {
      await built(image);
      const found = await client.read(urn, path.join(world.folder, 'registry/53/web'), {});
      expect(found).toMatchObject({ id: '53/web', inputs: image });
    });

    it('gives back a bundle with its files', async () => {
      const given = { name: 'settings', type: 'other', path: '/etc/app', files: { 'app.conf': 'a = 1\n' } };
      const inputs = await checked(given, bundleUrn);
      await client.create(bundleUrn, inputs);
      const whole = await client.read(bundleUrn, path.join(world.folder, 'registry', String(inputs['reference'])), {});
      expect(whole).toMatchObject({ id: '53/settings', inputs: given });
      const found = await client.read(bundleUrn, String(inputs['reference']), {});
      expect(found).toMatchObject({ id: '53/settings', inputs: given });
      expect((await client.diff(bundleUrn, found.outputs, inputs)).changes).toBe(1);
      await client.delete(bundleUrn, found.id, found.outputs);
      expect((await client.read(bundleUrn, found.id, found.outputs)).id).toBe('');
    });

    it.each([
      ['nothing', '53/nothing', undefined],
      ['another tenant', 'other/web', /not of the tenant 53/u],
      ['no id', 'web', /names nothing to import/u],
    ])('of %s', async (_, id, error) => {
      const read = client.read(urn, id, {});
      if (error === undefined) expect((await read).id).toBe('');
      else await expect(read).rejects.toThrow(error);
    });
  });

  describe('functions', () => {
    it('list the starters', async () => {
      const { result } = await client.invoke('private-image:index:getStarters', {});
      const { starters } = z.object({ starters: z.array(z.object({ name: z.string() })) }).parse(result);
      expect(starters.map(({ name }) => name)).toEqual(expect.arrayContaining(['php', 'plain']));
    });

    it('show a starter with its lines', async () => {
      const { result } = await client.invoke('private-image:index:getStarter', { name: 'php' });
      expect(result).toMatchObject({
        title: 'PHP',
        lines: [
          { line: '8.2', version: '8.2.29', suite: 'oldstable' },
          { line: '8.4', version: '8.4.12', suite: 'stable' },
        ],
      });
    });

    it('search packages', async () => {
      const { result } = await client.invoke('private-image:index:searchPackages', { text: 'jq', limit: 1 });
      expect(result).toEqual({
        packages: [expect.objectContaining({ kind: 'package', name: 'jq', versions: expect.arrayContaining([]) })],
      });
    });

    it('give the SBOM of a starter', async () => {
      const { result } = await client.invoke('private-image:index:getStarterSbom', { starter: 'php', line: '8.2' });
      expect(result['version']).toBe('8.2.29');
      expect(JSON.parse(String(result['document']))).toMatchObject({ spdxVersion: expect.stringMatching(/^SPDX-2/u) });
    });

    it('plan', async () => {
      const { result } = await client.invoke('private-image:index:getPlan', { ...image, lines: ['8.4'] });
      expect(Object.keys((result['plan'] as { lines: Bag }).lines)).toEqual(['8.4']);
    });

    it('refuse arguments that are wrong, and names that are none', async () => {
      const { failures } = await client.invoke('private-image:index:getStarter', { nam: 'php' });
      expect(failures.map(({ property }) => property).sort()).toEqual(['nam', 'name']);
      await expect(client.invoke('private-image:index:getNothing', {})).rejects.toThrow(/There is no function/u);
    });
  });

  describe('a mirror that falls silent', () => {
    let mirror: MirrorServer;
    /** Resolves with the first request that gets no answer. */
    let silence: Promise<void>;
    beforeEach(async () => {
      mirror = await serveMirror(() => world.mirror);
      await restart({ PRIVATE_IMAGE_DEBIAN_MIRROR: mirror.url, PRIVATE_IMAGE_DEBIAN_SECURITY_MIRROR: mirror.url });
    });
    afterEach(() => mirror.close());

    function silentFor(part: string): void {
      silence = new Promise((resolve) => {
        mirror.answer = (file) => {
          if (file.includes(part)) resolve();
          return file.includes(part);
        };
      });
    }

    it('does not hold up a cancel of a build: nothing is published, and the next run builds it', async () => {
      const inputs = await checked(image);
      silentFor('/pool/');
      const creating = refusal(client.create(urn, inputs));
      await silence;
      await client.cancel();
      expect(await creating).toMatch(/To create web was cancelled/u);
      await expect(client.check(urn, {}, image)).rejects.toThrow(/was cancelled/u);
      mirror.answer = () => false;
      await restart({ PRIVATE_IMAGE_DEBIAN_MIRROR: mirror.url, PRIVATE_IMAGE_DEBIAN_SECURITY_MIRROR: mirror.url });
      expect((await client.read(urn, '53/web', {})).id).toBe('');
      expect((await built(image)).state['status']).toBe('created');
    });

    it('does not hold up a cancel of a plan', async () => {
      silentFor('/dists/');
      const planning = refusal(client.check(urn, {}, { ...image, starter: 'plain', environment: {} }));
      await silence;
      await client.cancel();
      expect(await planning).toMatch(/To plan web was cancelled/u);
    });

    it('does not hold up a timeout', async () => {
      const inputs = await checked(image);
      silentFor('/pool/');
      const error = await refusal(client.create(urn, inputs, { timeout: 0.2 }));
      expect(error).toMatch(/To create web took longer than 0\.2 s[\s\S]*customTimeouts/u);
    });
  });

  it('gives nothing that its schema does not have', async () => {
    const { inputs, state } = await built({ ...image, packages: ['only-new', 'php-lua-auto'], lines: ['8.2', '8.4'] });
    const given = { name: 'settings', type: 'other', path: '/etc/app', files: { 'app.conf': 'a = 1\n' } };
    const bundle = await client.create(bundleUrn, await checked(given, bundleUrn));
    expect(strangers(imageOutputFields.extend(privateImageSchema.shape), state)).toEqual([]);
    expect(strangers(planOutput, inputs['plan'] as Bag)).toEqual([]);
    expect(strangers(bundleOutputFields.extend(fileBundleSchema.shape), bundle.outputs)).toEqual([]);
  });

  it('stops what it is at when the engine ends without a word', async () => {
    const short = await openEngine();
    let end: () => void = () => undefined;
    const gone = new Promise<void>((resolve) => (end = resolve));
    const lonely = await servePlugin({
      engineAddress: short.address,
      environment: world.environment(),
      workingDirectory: world.folder,
      home: world.folder,
      clock: () => world.now,
      version: '1.2.3',
      onEngineGone: end,
    });
    const caller = openClient(lonely.port);
    await caller.configure();
    short.close();
    await gone;
    expect(await refusal(caller.check(urn, {}, image))).toMatch(/was cancelled/u);
    caller.close();
    await lonely.close();
  });

  it('says what is wrong without a stack, and what is a resource of nobody', async () => {
    const strange = urn.replace('PrivateImage', 'Nothing');
    await expect(client.check(strange, {}, image)).rejects.toThrow(/There is no resource private-image:index:Nothing/u);
    const failed = await client.check(urn, {}, { ...image, starter: 'pph' });
    expect(failed.failures).toEqual([{ property: 'starter', reason: expect.stringContaining('Did you mean php') }]);
    expect(failed.failures[0]?.reason).not.toContain('    at ');
  });

  it('takes files of the program by a relative path', async () => {
    await writeFile(path.join(world.folder, 'app.conf'), 'a = 1\n');
    const asset = { [signatureKey]: signatures.asset, path: 'app.conf', hash: 'h' };
    const inputs = await checked(
      { name: 'settings', type: 'other', path: '/etc', files: { 'app.conf': asset } },
      bundleUrn,
    );
    expect(inputs).toMatchObject({ files: { 'app.conf': asset }, contents: { 'app.conf': { size: 6 } } });
  });
});
