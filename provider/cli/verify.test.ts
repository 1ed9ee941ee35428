import { generateKeyPairSync } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runCommand } from '../../tests/fixtures/memory-terminal.js';
import { openSmallWorld, requestFor, type SmallWorld } from '../../tests/fixtures/small-world.js';
import { type MemoryRegistry, startMemoryRegistry } from '../../tests/registry/memory-registry.js';
import { planImage } from '../creator/plan-image.js';
import { publishImage } from '../creator/publish-image.js';
import { digestOf } from '../support/digest.js';

let world: SmallWorld;
let registry: MemoryRegistry;
let before: Map<string, Buffer>;
let keys: { readonly own: string; readonly other: string };

beforeAll(async () => {
  world = await openSmallWorld();
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const privateKey = await world.file('own.key', own.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  keys = {
    own: await world.file('own.pub', own.publicKey.export({ type: 'spki', format: 'pem' }).toString()),
    other: await world.file('other.pub', other.publicKey.export({ type: 'spki', format: 'pem' }).toString()),
  };
  registry = await startMemoryRegistry();
  for (const place of [`http://${registry.host}/team`, path.join(world.folder, 'registry')]) {
    const environment = { PRIVATE_IMAGE_REGISTRY: place, PRIVATE_IMAGE_SIGNING_KEY: privateKey };
    const creator = world.creator({ environment });
    const { digest } = await planImage(creator, requestFor({ lines: ['8.4'], packages: ['jq'] }));
    await publishImage(creator, digest, { owner: 'resource-1', traceId: 'trace-1' });
  }
});
afterAll(async () => {
  await registry.close();
  await world.close();
});

/** What is spoilt is mended after each test. */
beforeEach(() => {
  before = new Map(stored().blobs);
});
const manifestsBefore: (() => void)[] = [];
afterEach(() => {
  for (const [digest, content] of before) stored().blobs.set(digest, content);
  for (const mend of manifestsBefore.splice(0)) mend();
});

function stored() {
  return registry.repository('team/53/web');
}

async function verify(...args: readonly string[]) {
  const { code, stdout, stderr } = await runCommand(world, ['verify', ...args], {
    environment: { PRIVATE_IMAGE_INSECURE_REGISTRIES: registry.host },
  });
  return { code, stdout, stderr, faults: [...stderr.matchAll(/^error\[(?<code>[^\]]+)\]/gmu)].map((one) => one[1]) };
}

function inRegistry(...args: readonly string[]) {
  return verify(`${registry.host}/team/53/web:8.4`, '--key', keys.own, ...args);
}

/** Puts other content in the place of a blob or a manifest. */
function spoil(kind: 'blobs' | 'manifests', digest: string, content: Buffer): void {
  if (kind === 'blobs') {
    stored().blobs.set(digest, content);
    return;
  }
  const old = stored().manifests.get(digest)!;
  manifestsBefore.push(() => stored().manifests.set(digest, old));
  stored().manifests.set(digest, { ...old, content });
}

interface Parsed {
  readonly artifactType?: string;
  readonly config?: { readonly digest: string };
  readonly layers?: readonly { readonly digest: string; readonly mediaType: string }[];
  readonly manifests?: readonly { readonly digest: string }[];
  readonly subject?: { readonly digest: string };
}

function manifestOf(digest: string): Parsed {
  return JSON.parse(stored().manifests.get(digest)!.content.toString()) as Parsed;
}

/** The digests of the index, of its first image and of that image's artifacts of a type. */
function parts() {
  const index = stored().tags.get('8.4')!;
  const image = manifestOf(index).manifests![0]!.digest;
  const artifacts = [...stored().manifests.keys()].map((digest) => ({ digest, ...manifestOf(digest) }));
  const beside = (type: RegExp) =>
    artifacts.filter(({ subject, artifactType = '' }) => subject?.digest === image && type.test(artifactType));
  return { index, image, beside };
}

describe('verify', () => {
  it('finds nothing wrong with what was published, in a registry and in a folder', async () => {
    const { code, stdout, stderr } = await inRegistry();
    expect(stderr).not.toContain('error');
    expect(code).toBe(0);
    expect(stdout).toContain(`${registry.host}/team/53/web@${stored().tags.get('8.4')!}`);
    expect((await verify('registry/53/web:latest', '--key', keys.own)).code).toBe(0);
    expect((await verify(`registry/53/web@${stored().tags.get('8.4')!}`, '--key', keys.own)).code).toBe(0);
  });

  it('tells it as JSON', async () => {
    const { code, stdout } = await inRegistry('--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ digest: stored().tags.get('8.4'), faults: [], reference: '8.4' });
  });

  it('wants the signatures of whom it was told', async () => {
    const { code, faults, stderr } = await verify(`${registry.host}/team/53/web:8.4`, '--key', keys.other);
    expect(code).toBe(1);
    expect(new Set(faults)).toEqual(new Set(['signing/wrong-key', 'signing/wrong-sbom']));
    const { index, image } = parts();
    const lines = stderr.split('\n').filter((line) => line.startsWith('error'));
    expect(new Set(lines).size).toBe(lines.length);
    for (const digest of [index, image]) expect(lines.filter((line) => line.includes(digest))).toHaveLength(3);
    expect(stderr.match(/Give the public key of whoever published the image/gu)).toHaveLength(1);
    expect(stderr).toContain('has no signature that counts');
    expect(stderr).not.toContain('changed after');
  });

  it.each([[[]], [['--certificate-identity', 'me@example.com']]])('wants to be told whose: %j', async (args) => {
    const { code, stderr } = await verify(`${registry.host}/team/53/web:8.4`, ...args);
    expect(code).toBe(2);
    expect(stderr).toContain('whose signature');
  });

  it('finds a layer that was changed', async () => {
    const [, layer] = manifestOf(parts().image).layers!;
    const content = Buffer.from(stored().blobs.get(layer!.digest)!);
    content[content.length - 1]! ^= 1;
    spoil('blobs', layer!.digest, content);
    const { code, faults, stderr } = await inRegistry();
    expect(code).toBe(1);
    expect(faults).toContain('signing/damaged');
    expect(stderr).toContain(layer!.digest);
  });

  it('finds a manifest that was changed', async () => {
    const { image } = parts();
    const content = Buffer.concat([stored().manifests.get(image)!.content, Buffer.from(' ')]);
    spoil('manifests', image, content);
    const { code, faults, stderr } = await inRegistry();
    expect(code).toBe(1);
    expect(faults).toContain('signing/damaged');
    expect(stderr).toContain(image);
  });

  it('finds an SBOM that was changed, as a blob and as another document', async () => {
    const [sbom] = parts().beside(/spdx/u);
    const text = stored().blobs.get(sbom!.layers![0]!.digest)!.toString();
    spoil('blobs', sbom!.layers![0]!.digest, Buffer.from(text.replace('jq', 'xx')));
    const changed = await inRegistry();
    expect(changed.code).toBe(1);
    expect(changed.faults).toContain('signing/wrong-sbom');
    expect(changed.stderr).toContain(sbom!.digest);
  });

  it('finds a signature that was changed, by one who can write to the registry', async () => {
    for (const { digest, layers } of parts().beside(/sigstore/u)) {
      const bundle = JSON.parse(stored().blobs.get(layers![0]!.digest)!.toString()) as {
        dsseEnvelope: { signatures: { sig: string }[] };
      };
      const [signature] = bundle.dsseEnvelope.signatures;
      signature!.sig = `${signature!.sig.slice(0, -8)}${signature!.sig.endsWith('AAAAAAA=') ? 'BBBBBBB=' : 'AAAAAAA='}`;
      const blob = Buffer.from(JSON.stringify(bundle));
      const old = stored().manifests.get(digest)!;
      const content = Buffer.from(
        old.content
          .toString()
          .replace(layers![0]!.digest, digestOf(blob))
          .replace(/("digest":"sha256:[0-9a-f]{64}","size":)\d+(?=[^{]*\}\])/u, `$1${blob.length}`),
      );
      stored().blobs.set(digestOf(blob), blob);
      stored().manifests.delete(digest);
      stored().manifests.set(digestOf(content), { ...old, content });
      manifestsBefore.push(() => {
        stored().manifests.delete(digestOf(content));
        stored().manifests.set(digest, old);
      });
    }
    const { code, faults, stderr } = await inRegistry();
    expect(code).toBe(1);
    expect(faults).toContain('signing/bad-signature');
    expect(stderr).toContain('signature');
  });

  it('finds signatures that were taken away', async () => {
    for (const { digest } of parts().beside(/sigstore/u)) {
      const old = stored().manifests.get(digest)!;
      manifestsBefore.push(() => stored().manifests.set(digest, old));
      stored().manifests.delete(digest);
    }
    const { code, faults } = await inRegistry();
    expect(code).toBe(1);
    expect(new Set(faults)).toEqual(new Set(['signing/unsigned', 'signing/wrong-sbom']));
  });

  it('names what is not there', async () => {
    const { code, stderr } = await verify(`${registry.host}/team/53/web:none`, '--key', keys.own);
    expect(code).toBe(1);
    expect(stderr).toContain('signing/no-image');
  });
});

describe('inspect', () => {
  it('shows what a registry has, and validates it', async () => {
    const environment = { PRIVATE_IMAGE_INSECURE_REGISTRIES: registry.host };
    const shown = await runCommand(world, ['inspect', `${registry.host}/team/53/web:8.4`, '--validate'], {
      environment,
    });
    expect(shown.stderr).toContain('every digest and size');
    expect(shown.stdout).toContain(stored().tags.get('8.4')!);
    const [layer] = manifestOf(parts().image).layers!;
    spoil('blobs', layer!.digest, Buffer.concat([stored().blobs.get(layer!.digest)!, Buffer.from(' ')]));
    const spoilt = await runCommand(world, ['inspect', `${registry.host}/team/53/web`, '--validate'], { environment });
    expect(spoilt.code).toBe(1);
    expect(spoilt.stderr).toContain(`layer ${layer!.digest}`);
    const none = await runCommand(world, ['inspect', `${registry.host}/team/53/none`], { environment });
    expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining('holds no private image') as string });
  });

  it('of one tag is of that alone, and says which there are', async () => {
    const environment = { PRIVATE_IMAGE_INSECURE_REGISTRIES: registry.host };
    const inspect = (...args: readonly string[]) => runCommand(world, ['inspect', ...args], { environment });
    const damaged = digestOf('damaged');
    stored().manifests.set(damaged, { content: Buffer.from('{}'), mediaType: 'application/json' });
    stored().tags.set('0.1', damaged);
    const place = `${registry.host}/team/53/web`;
    const [one, all, none] = [
      await inspect(`${place}:8.4`, '--validate'),
      await inspect(place, '--validate'),
      await inspect(`${place}:9`, '--validate'),
    ];
    stored().manifests.delete(damaged);
    stored().tags.delete('0.1');
    expect(one).toMatchObject({ code: 0, stderr: expect.stringContaining('every digest and size') as string });
    expect(all).toMatchObject({ code: 1, stderr: expect.stringContaining(damaged) as string });
    expect(none.code).toBe(1);
    expect(none.stderr).toContain(`There is no 9 in ${place}`);
    expect(none.stderr).toMatch(/Its tags: .*8\.4.*latest/u);
  });

  it('shows nothing that a terminal would obey', async () => {
    const put = (document: object): { digest: string; size: number } => {
      const content = Buffer.from(JSON.stringify(document));
      const digest = digestOf(content);
      stored().manifests.set(digest, { content, mediaType: (document as { mediaType: string }).mediaType });
      manifestsBefore.push(() => stored().manifests.delete(digest));
      return { digest, size: content.length };
    };
    const { index, image } = parts();
    const manifest = manifestOf(image);
    const config = JSON.parse(stored().blobs.get(manifest.config!.digest)!.toString()) as { config: object };
    const escape = '\u001b]0;title\u0007\u009b31m';
    const hostile = Buffer.from(
      JSON.stringify({ ...config, config: { ...config.config, Entrypoint: [`/usr/bin/x${escape}`] } }),
    );
    stored().blobs.set(digestOf(hostile), hostile);
    const child = put({
      ...manifest,
      config: { ...manifest.config, digest: digestOf(hostile), size: hostile.length },
    });
    const { manifests } = manifestOf(index);
    const top = put({ ...manifestOf(index), manifests: [{ ...manifests![0]!, ...child }] });
    stored().tags.set('hostile', top.digest);
    const environment = { PRIVATE_IMAGE_INSECURE_REGISTRIES: registry.host };
    const shown = await runCommand(world, ['inspect', `${registry.host}/team/53/web:hostile`], { environment });
    stored().tags.delete('hostile');
    expect(shown.stdout).toContain('runs    /usr/bin/x');
    expect(shown.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/u);
  });

  it('does not take a registry that wants a login for one that is damaged', async () => {
    const closed = await startMemoryRegistry({
      before: (request, response) => {
        if (request.url === '/v2/') return false;
        response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
        return true;
      },
    });
    const environment = { PRIVATE_IMAGE_INSECURE_REGISTRIES: closed.host };
    const asked = await runCommand(world, ['inspect', `${closed.host}/team/53/web`, '--validate'], { environment });
    await closed.close();
    expect(asked.code).toBe(1);
    expect(asked.stderr).toContain('error[registry/unauthorized]');
    expect(asked.stderr).toContain('docker login');
  });
});

describe('a layout that somebody wrote to', () => {
  it('is found out', async () => {
    const config = manifestOf(parts().image).config!.digest;
    const file = path.join(world.folder, 'registry', '53', 'web', 'blobs', 'sha256', config.slice(7));
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace(/"diff_ids":\["sha256:[0-9a-f]{8}/u, '"diff_ids":["sha256:00000000'));
    const { code, stderr } = await verify('registry/53/web:8.4', '--key', keys.own);
    await writeFile(file, text);
    expect(code).toBe(1);
    expect(stderr).toContain(config);
  });
});
