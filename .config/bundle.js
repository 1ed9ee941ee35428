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

/** What is loaded by its name: what a program imports, threads, and the tasks they run. */
const modules = {
  index: 'sdk/index',
  'dynamic-provider': 'sdk/dynamic-provider',
  'worker-thread': 'provider/support/worker-thread',
  'apk-segment': 'provider/image/apk-segment',
  'deb-segment': 'provider/image/deb-segment',
  'layer-join': 'provider/image/layer-join',
  'compact-index-task': 'provider/packages/deb/compact-index-task',
  'pack-index-task': 'provider/packages/apk/pack-index-task',
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

await build({
  input: Object.fromEntries(
    Object.entries({ ...commands, ...modules }).map(([name, file]) => [name, join(root, 'dist', `${file}.js`)]),
  ),
  platform: 'node',
  logLevel: 'warn',
  external: (id) => /^[^./]/u.test(id) && !bundled.some((name) => id === name || id.startsWith(`${name}/`)),
  plugins: [
    thirdPartyNotices(bundled),
    {
      name: 'executable',
      writeBundle() {
        for (const name of Object.keys(commands)) chmodSync(join(output, `${name}.js`), 0o755);
      },
    },
  ],
  output: {
    dir: output,
    cleanDir: true,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
  },
});
