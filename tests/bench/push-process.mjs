// @ts-check
/**
 * A process that is measured: copies an image from a layout to a registry, as publishing and mirroring do. Arguments: the folder that the
 * layout is below, its name there, the registry, the repository in it.
 */
import { homedir } from 'node:os';
import { join } from 'node:path';

const [folder = '', name = '', registry = '', repository = ''] = process.argv.slice(2);
const core = '../../dist/provider/';
/** @type {typeof import('../../provider/creator/open-creator.js')} */
const { openCreator } = await import(`${core}creator/open-creator.js`);
/** @type {typeof import('../../provider/creator/copy-image.js')} */
const { copyImage } = await import(`${core}creator/copy-image.js`);
/** @type {typeof import('../../provider/creator/homes.js')} */
const { openHomeAt } = await import(`${core}creator/homes.js`);
/** @type {typeof import('../../provider/resources/configuration.js')} */
const { readConfiguration } = await import(`${core}resources/configuration.js`);

const environment = {
  ...process.env,
  PRIVATE_IMAGE_CACHE: join(folder, 'cache'),
  PRIVATE_IMAGE_INSECURE_REGISTRIES: registry,
};
const settings = readConfiguration({ environment, workingDirectory: folder, home: homedir() });
const creator = openCreator(settings, { environment, clock: () => new Date(), report: () => undefined });
const from = openHomeAt(creator, folder).repository(name);
const to = openHomeAt(creator, registry).repository(repository);
const tags = await from.tags();
await copyImage(creator, from, to, Object.fromEntries(tags.map(({ tag, digest }) => [tag, digest])));
await creator.close();
