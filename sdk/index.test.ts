import { createRequire } from 'node:module';
import path from 'node:path';
import { expect, it } from 'vitest';

const require = createRequire(import.meta.url);

/** The files of Pulumi's SDK that this process has loaded, as `resource.js`. */
function loadedOfTheSdk(): readonly string[] {
  const folder = path.dirname(require.resolve('@pulumi/pulumi/package.json'));
  return Object.keys(require.cache)
    .filter((file) => file.startsWith(`${folder}${path.sep}`))
    .map((file) => path.relative(folder, file));
}

it('loads of the SDK what a program is run with anyway, and not the rest, which takes longer than all of it', async () => {
  await import('./index.js');
  const loaded = loadedOfTheSdk();
  expect(loaded).toContain('resource.js');
  expect(loaded).not.toContain('index.js');
  expect(loaded.filter((file) => /^(?:automation|dynamic|provider|runtime\/closure)\//u.test(file))).toEqual([]);
});
