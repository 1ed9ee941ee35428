// @ts-check
/** What `pulumi up` costs where nothing is to do: each front beside an empty program of the same language. */
import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { stringify } from 'yaml';
import { root } from '../setup/paths.mjs';
import { getPulumi, pulumiEnvironment } from '../setup/pulumi-cli.mjs';
import { findProgram, say } from '../setup/run.mjs';
import { measure } from './measure.mjs';
import { repositories } from './repositories.mjs';
import { processTable, verdicts } from './table.mjs';
import { createWorkspace } from './workspace.mjs';

/** @typedef {import('./measure.mjs').Measurement} Measurement */

/** Most milliseconds that nothing to do may take longer than an empty program. */
const most = 1000;

/** How many packages the image has, in each of its four lines. */
const size = 48;

/**
 * @param {string} folder for everything that is written
 * @param {number} count runs of each program
 * @returns {Promise<{ tables: string, targets: readonly string[] }>}
 */
export async function benchNoop(folder, count) {
  const place = join(folder, 'noop');
  mkdirSync(join(place, 'state'), { recursive: true });
  const workspace = createWorkspace(place, await repositories());
  workspace.turnTo('first');
  const cli = await getPulumi();
  const env = {
    ...pulumiEnvironment(cli, workspace.environment('deb', join(place, 'cache'))),
    PULUMI_BACKEND_URL: pathToFileURL(join(place, 'state')).href,
    PULUMI_HOME: join(place, 'home'),
  };
  const programs = programsIn(place, workspace.starter(size), dirname(cli.program));
  const up = ['up', '--yes', '--skip-preview', '--non-interactive'];
  for (const { title, cwd } of programs) {
    say(`no-op: the first update of ${title}`);
    await measure(cli.program, ['stack', 'init', 'bench', '--non-interactive'], { cwd, env });
    await measure(cli.program, up, { cwd, env });
  }
  /** @type {Map<string, Measurement[]>} */
  const runs = new Map();
  for (let round = 1; round <= count; round += 1) {
    say(`no-op: round ${round} of ${count}`);
    for (const { title, cwd } of programs) {
      const run = await measure(cli.program, [...up, '--expect-no-changes'], { cwd, env });
      runs.set(title, [...(runs.get(title) ?? []), run]);
    }
  }
  const rows = programs.map(({ title, against }) => ({
    title,
    runs: runs.get(title) ?? [],
    ...(against === undefined ? {} : { against, more: most }),
  }));
  const heading = 'pulumi up with nothing to do';
  return {
    tables: processTable(`${heading} (four lines, ${size} packages, two architectures): median (min–max)`, rows),
    targets: verdicts(heading, rows),
  };
}

/**
 * @typedef {object} Program
 * @property {string} title
 * @property {string} cwd
 * @property {string} [against] the title of the empty program in the same language
 */

/**
 * Writes the programs: those in YAML where there is a host for them.
 * @param {string} place
 * @param {string} starter
 * @param {string} hosts the folder of the CLI and its language hosts
 * @returns {readonly Program[]}
 */
function programsIn(place, starter, hosts) {
  const nodejs = { name: 'nodejs', options: { typescript: false } };
  const image = { starter, name: 'bench' };
  const empty = { title: 'empty program, JavaScript', cwd: join(place, 'empty-js') };
  const dynamic = { title: 'dynamic resource, JavaScript', cwd: join(place, 'image-js'), against: empty.title };
  writeProgram(empty.cwd, { runtime: nodejs }, '');
  writeProgram(
    dynamic.cwd,
    { runtime: nodejs },
    `const { PrivateImage } = require('pulumi-private-image');\nnew PrivateImage('image', ${JSON.stringify(image)});\n`,
  );
  const yamlHost = 'pulumi-language-yaml';
  if (!existsSync(join(hosts, yamlHost)) && findProgram(yamlHost) === undefined) {
    say(`no-op: the plugin is not measured, for there is no ${yamlHost}`);
    return [empty, dynamic];
  }
  const emptyYaml = { title: 'empty program, YAML', cwd: join(place, 'empty-yaml') };
  const plugin = { title: 'plugin, YAML', cwd: join(place, 'image-yaml'), against: emptyYaml.title };
  writeProgram(emptyYaml.cwd, { runtime: 'yaml' });
  writeProgram(plugin.cwd, {
    runtime: 'yaml',
    plugins: { providers: [{ name: 'private-image', path: writePlugin(place) }] },
    resources: { image: { type: 'private-image:PrivateImage', properties: image } },
  });
  return [empty, dynamic, emptyYaml, plugin];
}

/**
 * @param {string} folder
 * @param {Readonly<Record<string, unknown>>} project
 * @param {string} [source] of JavaScript
 */
function writeProgram(folder, project, source) {
  mkdirSync(folder);
  writeFileSync(join(folder, 'Pulumi.yaml'), stringify({ name: basename(folder), ...project }));
  if (source === undefined) return;
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'bench', main: 'index.js' }));
  writeFileSync(join(folder, 'index.js'), source);
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
}

/**
 * The folder of a plugin that is the compiled program.
 * @param {string} place
 */
function writePlugin(place) {
  const folder = join(place, 'plugin');
  mkdirSync(folder);
  const file = join(folder, 'pulumi-resource-private-image');
  writeFileSync(
    file,
    `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'dist/program/pulumi-resource-private-image.js')}' "$@"\n`,
  );
  chmodSync(file, 0o755);
  return folder;
}
