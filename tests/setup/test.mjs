// @ts-check
/**
 * `npm test`: sets up what the tests need, runs them, and ends with the line `N passed, N failed, N skipped`.
 *
 * What cannot be had is no failure of the set-up: the tests that need it are skipped and say so. Arguments go to vitest.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { installContainerTools } from './container-tools.mjs';
import { installGoTools } from './go-tools.mjs';
import { setUp } from './install.mjs';
import { installLanguageHosts } from './language-hosts.mjs';
import { root } from './paths.mjs';
import { getPulumi, pulumiEnvironment } from './pulumi-cli.mjs';
import { say, stream } from './run.mjs';

const folder = mkdtempSync(join(tmpdir(), 'private-image-test-'));
const summary = join(folder, 'summary.txt');
try {
  const code = await runTests();
  const isComplete = existsSync(summary);
  process.stdout.write(isComplete ? readFileSync(summary, 'utf8') : '\n0 passed, 1 failed, 0 skipped\n');
  // A run that ended without a summary did not pass, whatever its exit code says.
  process.exitCode = isComplete ? code : code || 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** @returns {Promise<number>} the exit code of vitest, or 1 if the set-up failed */
async function runTests() {
  try {
    await setUp();
    const vitest = join(root, 'node_modules/vitest/vitest.mjs');
    const args = [vitest, 'run', '--config', 'tests/vitest.config.ts', ...coverage(), ...process.argv.slice(2)];
    const env = { ...(await environment()), PRIVATE_IMAGE_TEST_SUMMARY: summary };
    return await stream(process.execPath, args, { cwd: root, env });
  } catch (error) {
    say(`the set-up failed: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
}

/** The environment of the tests: with a Pulumi CLI and the other tools in front of the search path, or a reason why one is missing. */
async function environment() {
  const containers = await installContainerTools();
  const built = await installGoTools();
  const missing = [...containers, ...built.missing];
  if (missing.length > 0) say(`missing: ${missing.join(', ')}; tests that need them are skipped`);
  const env = { ...process.env, PATH: [...built.bin, process.env['PATH'] ?? ''].join(delimiter) };
  try {
    const cli = await getPulumi();
    say(`Pulumi CLI ${cli.version} from ${cli.from}`);
    const hosts = await installLanguageHosts(cli.program);
    if (hosts.missing.length > 0) say(`missing: ${hosts.missing.join(', ')}; tests that need them are skipped`);
    const searchPath = [env.PATH, ...hosts.bin].join(delimiter);
    return pulumiEnvironment(cli, { ...env, ...hosts.env, PATH: searchPath });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    say(`${reason}\nTests that need it are skipped.`);
    return env;
  }
}

/** Coverage means something for whole runs only. */
function coverage() {
  return process.argv.length > 2 ? [] : ['--coverage'];
}
