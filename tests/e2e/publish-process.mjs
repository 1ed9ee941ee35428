// @ts-check
/** A process that publishes images, one after the other. Its one argument is a `PublishJob` as JSON; it says on standard output when it begins. */

/**
 * @typedef {object} PublishJob
 * @property {Readonly<Record<string, string>>} environment the settings
 * @property {string} workingDirectory
 * @property {string} now what the clock says
 * @property {`sha256:${string}`} plan the digest of a plan in the cache
 */

const { environment, workingDirectory, now, plan } = /** @type {PublishJob} */ (JSON.parse(process.argv[2] ?? ''));
const core = '../../dist/provider/';
/** @type {typeof import('../../provider/creator/open-creator.js')} */
const { openCreator } = await import(`${core}creator/open-creator.js`);
/** @type {typeof import('../../provider/creator/publish-image.js')} */
const { publishImage } = await import(`${core}creator/publish-image.js`);
/** @type {typeof import('../../provider/resources/configuration.js')} */
const { readConfiguration } = await import(`${core}resources/configuration.js`);

const settings = readConfiguration({ environment, workingDirectory, home: workingDirectory });
const creator = openCreator(settings, { environment, clock: () => new Date(now), report: () => undefined });
process.stdout.write('begins\n');
await publishImage(creator, plan, { owner: 'resource-1', traceId: `trace-${process.pid}` });
await creator.close();
process.stdout.write('ends\n');
