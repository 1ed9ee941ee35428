// @ts-check
/** A process that builds images into layouts and tells their digests, by name. Its one argument is a `BuildJob` as JSON. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * @typedef {object} GoldenCase what is built: a starter or a file, and what is added
 * @property {string} [starter]
 * @property {string} [file]
 * @property {readonly string[]} packages
 * @property {Readonly<Record<string, string>>} environment
 * @property {readonly { name: string, type: 'certificates' | 'other', path: string, files: Readonly<Record<string, string>> }[]} bundles
 */

/**
 * @typedef {object} BuildJob
 * @property {Readonly<Record<string, GoldenCase>>} wanted by name
 * @property {string} workingDirectory
 * @property {string} now what the clock says
 * @property {string} output the folder of the layouts
 */

/**
 * @typedef {object} OciDocument an index, a manifest or a config, as far as it is read here
 * @property {readonly { digest: string, platform: { architecture: string } }[]} manifests
 * @property {{ digest: string }} config
 * @property {readonly { digest: string }[]} layers
 * @property {{ diff_ids: readonly string[] }} rootfs
 */

const { wanted, workingDirectory, now, output } = /** @type {BuildJob} */ (JSON.parse(process.argv[2] ?? ''));
const core = '../../dist/provider/';
/** @type {typeof import('../../provider/creator/open-creator.js')} */
const { openCreator } = await import(`${core}creator/open-creator.js`);
/** @type {typeof import('../../provider/creator/plan-file.js')} */
const { planFile } = await import(`${core}creator/plan-file.js`);
/** @type {typeof import('../../provider/creator/plan-image.js')} */
const { planImage } = await import(`${core}creator/plan-image.js`);
/** @type {typeof import('../../provider/creator/bundles.js')} */
const { planBundle } = await import(`${core}creator/bundles.js`);
/** @type {typeof import('../../provider/creator/publish-image.js')} */
const { publishPlan } = await import(`${core}creator/publish-image.js`);
/** @type {typeof import('../../provider/registry/layout.js')} */
const { openLayout } = await import(`${core}registry/layout.js`);
/** @type {typeof import('../../provider/resources/configuration.js')} */
const { readConfiguration } = await import(`${core}resources/configuration.js`);

const environment = process.env;
const settings = readConfiguration({ environment, workingDirectory, home: environment['HOME'] ?? workingDirectory });
const creator = openCreator(settings, { environment, clock: () => new Date(now), report: () => undefined });
try {
  /** @type {Record<string, unknown>} */
  const built = {};
  for (const [name, one] of Object.entries(wanted)) built[name] = await build(one, join(output, name));
  process.stdout.write(JSON.stringify(built));
} finally {
  await creator.close();
}

/**
 * @param {GoldenCase} one
 * @param {string} layout
 */
async function build(one, layout) {
  const fileBundles = [];
  for (const { files, ...bundle } of one.bundles) {
    const contents = Object.fromEntries(Object.entries(files).map(([name, text]) => [name, Buffer.from(text)]));
    const { reference } = await planBundle(creator, { ...bundle, description: undefined, files: contents });
    fileBundles.push(reference);
  }
  const request = {
    starter: one.starter ?? '',
    name: 'golden',
    description: 'A golden image.',
    packages: one.packages,
    environment: one.environment,
    fileBundles,
    setuidPrograms: [],
    lines: undefined,
    architectures: undefined,
  };
  const planned = await (one.file === undefined ? planImage(creator, request) : planFile(creator, one.file, request));
  const published = await publishPlan(creator, planned.plan, openLayout(layout), undefined);
  const failed = published.lines.filter((line) => line.error !== undefined);
  if (failed.length > 0) throw new Error(failed.map((line) => line.error?.message).join('; '));
  return { plan: planned.digest, tags: await taggedImages(layout) };
}

/**
 * What every tag of a layout leads to, by tag.
 * @param {string} layout
 */
async function taggedImages(layout) {
  /** @type {Record<string, unknown>} */
  const found = {};
  const pointers = [...(await openLayout(layout).tags())].sort((one, other) => (one.tag < other.tag ? -1 : 1));
  for (const { tag, digest } of pointers) {
    const { manifests } = await read(layout, digest);
    const images = [];
    for (const descriptor of manifests) images.push(await imageOf(layout, descriptor));
    found[tag] = { index: digest, images };
  }
  return found;
}

/**
 * @param {string} layout
 * @param {{ digest: string, platform: { architecture: string } }} descriptor
 */
async function imageOf(layout, { digest, platform }) {
  const manifest = await read(layout, digest);
  const config = await read(layout, manifest.config.digest);
  return {
    architecture: platform.architecture,
    manifest: digest,
    config: manifest.config.digest,
    layers: manifest.layers.map((layer, position) => ({
      digest: layer.digest,
      diffId: config.rootfs.diff_ids[position],
    })),
  };
}

/**
 * @param {string} layout
 * @param {string} digest
 * @returns {Promise<OciDocument>}
 */
async function read(layout, digest) {
  const text = await readFile(join(layout, 'blobs', 'sha256', digest.slice('sha256:'.length)), 'utf8');
  /** @type {OciDocument} */
  const parsed = JSON.parse(text);
  return parsed;
}
