// @ts-check
/**
 * The images of a company, from one file: `node platform.js preview|up|destroy [file]`.
 *
 * `up` is the nightly job. It looks at the registry, builds what has updates, and tells what changed. It ends with 0 when every image is as it
 * should be, 1 when one could not be built (the others are), and 2 when the file or the command is wrong.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { LocalWorkspace } from '@pulumi/pulumi/automation/index.js';
import { PrivateImage } from 'pulumi-private-image';
import { parse } from 'yaml';
import { imagesIn, summaryOf } from './summary.js';

const [command = '', file = 'images.yaml'] = process.argv.slice(2);
process.exitCode = await run();

/** @returns {Promise<number>} the exit code */
async function run() {
  if (!['preview', 'up', 'destroy'].includes(command)) return complain('node platform.js preview|up|destroy [file]');
  const { images, defaults, fault } = await readImages();
  if (fault !== undefined) return complain(`${file}: ${fault}`);

  const program = async () => {
    for (const [name, image] of Object.entries(images)) {
      const environment = { ...defaults.environment, ...image.environment };
      new PrivateImage(name, { ...defaults, ...image, name, environment });
    }
  };
  const stack = await LocalWorkspace.createOrSelectStack(
    { stackName: process.env['PLATFORM_STACK'] ?? 'nightly', projectName: 'platform', program },
    // Resources find the package from this folder.
    { workDir: fileURLToPath(new URL('.', import.meta.url)) },
  );

  /** @type {Map<string, Set<string>>} the name of an image to what was said of it */
  const said = new Map();
  let failed = false;
  const options = {
    color: /** @type {const} */ ('never'),
    /** @param {import('@pulumi/pulumi/automation/index.js').EngineEvent} event */
    onEvent: ({ diagnosticEvent }) => {
      // What is said for debugging may hold secrets: only this is for people.
      if (diagnosticEvent === undefined || !/^(?:info|warning|error)/.test(diagnosticEvent.severity)) return;
      const { urn = '', severity, message, ephemeral } = diagnosticEvent;
      if (severity === 'error') failed = true;
      if (ephemeral === true && severity !== 'error') return;
      const name = urn.split('::').at(-1) ?? '';
      said.set(name, (said.get(name) ?? new Set()).add(`${severity}: ${message.trim()}`));
    },
  };
  const before = imagesIn(await stack.exportStack());
  try {
    if (command === 'preview') await stack.preview(options);
    else if (command === 'destroy') await stack.destroy(options);
    else {
      await stack.refresh(options);
      await stack.up({ ...options, continueOnError: true });
    }
  } catch (error) {
    // One image that fails ends the run as failed, after the others have landed.
    if (!failed) throw error;
  }
  for (const [name, messages] of said) for (const message of messages) console.log(`${name || 'stack'}: ${message}`);
  const after = imagesIn(await stack.exportStack());
  if (command !== 'preview') for (const row of summaryOf(before, after)) console.log(row);
  const incomplete = after.filter(({ lines }) => lines.some(({ status }) => status !== 'built'));
  return failed || (command === 'up' && incomplete.length > 0) ? 1 : 0;
}

/**
 * What the file says: images by name, and what holds for all of them; or what is wrong with it.
 * @returns {Promise<{ images: Record<string, any>, defaults: any, fault?: string }>}
 */
async function readImages() {
  try {
    const { images, defaults } = parse(await readFile(file, 'utf8')) ?? {};
    if (typeof images === 'object' && images !== null) return { images, defaults: defaults ?? {} };
    return { images: {}, defaults: {}, fault: 'there is no map of images' };
  } catch (error) {
    return { images: {}, defaults: {}, fault: error instanceof Error ? error.message : String(error) };
  }
}

/** @param {string} text */
function complain(text) {
  console.error(text);
  return 2;
}
