// @ts-check
/**
 * The programs as they are published: `dist/program/` holds what users start and import, in a few files that are read at once: to search for,
 * read and link some 600 modules one by one costs each start of a command a tenth of a second and more.
 *
 * The input is what `tsc` has compiled. All files lie side by side, so that `new URL('./apk-segment.js', import.meta.url)` means the same here
 * and there.
 */
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';
import { thirdPartyNotices } from './third-party-notices.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const output = join(root, 'dist/program');

/** What is started by its name. */
const commands = {
  'private-image': 'provider/cli/main',
  'pulumi-resource-private-image': 'provider/main',
};

/** What a program imports by its name. */
const modules = {
  index: 'sdk/index',
  'dynamic-provider': 'sdk/dynamic-provider',
};

/** What threads load: the first thing, and the tasks that they run. */
const tasks = {
  'worker-thread': 'provider/support/worker-thread',
  'apk-segment': 'provider/image/apk-segment',
  'deb-segment': 'provider/image/deb-segment',
  'layer-join': 'provider/image/layer-join',
  'compact-index-task': 'provider/packages/deb/compact-index-task',
  'pack-index-task': 'provider/packages/apk/pack-index-task',
};

/**
 * What is loaded together, with all that it imports, becomes one file each: a file takes Node about a millisecond, whatever is in it. The first
 * group that a module belongs to has it, so that none imports one that follows.
 */
const together = {
  plan: [
    'provider/cli/program',
    'provider/cli/copy',
    'provider/cli/inspect',
    'provider/creator/plan-image',
    'provider/creator/homes',
    'provider/creator/standing',
    'provider/packages/deb/relation',
    'provider/packages/spelling',
    'provider/packages/tar',
    'provider/packages/zlib-stream',
    'provider/signing/signing',
    'zod',
  ],
  apk: ['provider/packages/apk/repository', 'provider/creator/apk-source'],
  deb: ['provider/packages/deb/repository', 'provider/creator/deb-source'],
  publish: [
    'provider/creator/publish-image',
    'provider/image/build-image',
    'provider/image/lay-packages',
    'provider/image/build-index',
  ],
  'apk-image': [
    'provider/image/apk-base',
    'provider/image/apk-accounts',
    'provider/image/apk-paths',
    'provider/image/apko-file',
    'provider/image/busybox-links',
  ],
};

/** Libraries that nearly every command loads, under licences that ask for no more than a notice. All others are loaded where they are installed. */
const bundled = [
  '@cyclonedx/cyclonedx-library',
  'commander',
  'minipass',
  'minizlib',
  'p-limit',
  'packageurl-js',
  'semver',
  'yaml',
  'yocto-queue',
  'zod',
];

const notices = thirdPartyNotices(bundled);

/**
 * Bundles modules with what they import, beside what has been bundled before.
 * @param {Readonly<Record<string, string>>} inputs modules by the names that their files get
 * @param {import('rolldown').CodeSplittingGroup[]} groups
 * @param {boolean} isFirst whether what lies in the folder from an earlier build is deleted
 */
async function bundle(inputs, groups, isFirst) {
  await build({
    input: Object.fromEntries(Object.entries(inputs).map(([name, file]) => [name, compiled(file)])),
    platform: 'node',
    logLevel: 'warn',
    external: (id) => /^[^./]/u.test(id) && !bundled.some((name) => id === name || id.startsWith(`${name}/`)),
    plugins: [notices],
    // The source says what may wait, the groups what it is loaded with.
    checks: { ineffectiveDynamicImport: false },
    output: {
      dir: output,
      cleanDir: isFirst,
      format: 'esm',
      entryFileNames: '[name].js',
      chunkFileNames: '[name]-[hash].js',
      codeSplitting: { groups },
    },
  });
}

/** @param {string} file */
function compiled(file) {
  return join(root, 'dist', `${file}.js`);
}

const groups = Object.entries(together).map(([name, files], at, all) => {
  const modules = new Set(files.map(compiled));
  const test = (/** @type {string} */ id) =>
    modules.has(id) || files.some((file) => id.includes(`/node_modules/${file}/`));
  return { name, test, priority: all.length - at };
});
await bundle({ ...commands, ...modules }, groups, true);
// Threads start while the command works: they have files of their own, for half of what the command has loaded is not for them.
await bundle(tasks, [{ name: 'task', minShareCount: 2 }], false);
for (const name of Object.keys(commands)) chmodSync(join(output, `${name}.js`), 0o755);
