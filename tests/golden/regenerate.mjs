// @ts-check
/** Writes the golden layouts anew, after a change that is meant to change digests. Look at what it changed before you commit it. */
import { join } from 'node:path';
import { setUp } from '../setup/install.mjs';
import { root } from '../setup/paths.mjs';
import { stream } from '../setup/run.mjs';

await setUp();
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const options = ['run', '--config', 'tests/vitest.config.ts', '--update=all', 'tests/golden/golden.test.ts'];
process.exitCode = await stream(process.execPath, [vitest, ...options], { cwd: root });
