// @ts-check
/** `npm run demo`: `pulumi up` on the quickstart example, with everything that it needs kept inside the clone. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setUp } from './install.mjs';
import { root } from './paths.mjs';
import { getPulumi, pulumiEnvironment } from './pulumi-cli.mjs';
import { capture, say, stream } from './run.mjs';

const example = join(root, 'examples/quickstart');
const state = resolve(process.env['PRIVATE_IMAGE_STATE'] || join(root, '.private-image/state'));
const stack = ['--stack', 'demo'];

/** @typedef {{ repository: string, tags: string[] }} Layout */

try {
  process.exitCode = await demo();
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

/** @returns {Promise<number>} the exit code */
async function demo() {
  await setUp();
  const cli = await getPulumi();
  say(`Pulumi CLI ${cli.version} from ${cli.from}`);

  // Whatever account or backend the user has stays out of this: the demo has a state, a home and a passphrase of its own.
  mkdirSync(state, { recursive: true });
  const env = {
    ...pulumiEnvironment(cli, process.env),
    PULUMI_BACKEND_URL: pathToFileURL(state).href,
    PULUMI_HOME: join(root, '.private-image/pulumi-home'),
  };
  const options = { cwd: example, env };
  const pulumi = async (/** @type {string[]} */ ...args) => {
    const { code, stdout, stderr } = await capture(cli.program, [...args, '--non-interactive'], options);
    if (code !== 0) throw new Error(`pulumi ${args.join(' ')} failed: ${stderr.trim() || stdout.trim()}`);
    return stdout;
  };

  await pulumi('stack', 'select', '--create', ...stack);
  say('pulumi up on examples/quickstart: a first run fetches packages for some minutes');
  const start = Date.now();
  const code = await stream(cli.program, ['up', '--yes', '--skip-preview=false', ...stack], options);
  if (code !== 0) return code;
  const seconds = ((Date.now() - start) / 1000).toFixed(1);

  const outputs = /** @type {Record<string, unknown>} */ (
    JSON.parse(await pulumi('stack', 'output', '--json', ...stack))
  );
  console.log(`\nOutputs\n${readable(outputs, '  ')}`);
  console.log(runCommands(layoutsIn(outputs)));
  const changed = isChanged(await pulumi('stack', 'history', '--json', '--page-size', '1', ...stack));
  say(
    changed ? `done in ${seconds} s; run it again to see that nothing is left to do` : `nothing changed (${seconds} s)`,
  );
  return 0;
}

/**
 * A value as indented lines, one a leaf.
 * @param {unknown} value
 * @param {string} indent
 * @returns {string}
 */
function readable(value, indent) {
  if (typeof value !== 'object' || value === null) return String(value);
  const entries = Object.entries(value);
  return entries
    .map(([key, item]) => {
      const isLeaf = typeof item !== 'object' || item === null || Object.keys(item).length === 0;
      const text = isLeaf
        ? ` ${typeof item === 'object' ? '-' : String(item)}\n`
        : `\n${readable(item, `${indent}  `)}`;
      return `${indent}${key}:${text}`;
    })
    .join('');
}

/**
 * The OCI image layouts that the outputs name, with their tags.
 * @param {unknown} value
 * @returns {Layout[]}
 */
function layoutsIn(value) {
  if (typeof value === 'string') {
    const folder = resolve(example, value);
    return existsSync(join(folder, 'oci-layout')) ? [{ repository: folder, tags: tagsOf(folder) }] : [];
  }
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(layoutsIn) : [];
}

/** @param {string} folder */
function tagsOf(folder) {
  /** @type {{ manifests: { annotations?: Record<string, string> }[] }} */
  const index = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8'));
  return index.manifests.flatMap((manifest) => manifest.annotations?.['org.opencontainers.image.ref.name'] ?? []);
}

/**
 * How to run the images. Podman makes an image's name of the path that it is given, and refuses a part that begins with a
 * dot: the path must start below the registry.
 * @param {Layout[]} layouts
 */
function runCommands(layouts) {
  const seen = new Map(layouts.map((layout) => [layout.repository, layout]));
  return [...seen.values()]
    .filter(({ tags }) => tags.length > 0)
    .map(({ repository, tags }) => {
      const registry = resolve(repository, '../..');
      const image = `${relative(registry, repository)}:${tags.includes('latest') ? 'latest' : tags[0]}`;
      const command = `-c 'import os, ssl, sqlite3, zoneinfo; print(os.getuid(), ssl.OPENSSL_VERSION)'`;
      return [
        'Run the image with podman:',
        `  cd ${registry}`,
        `  podman run --rm --entrypoint python3 oci:${image} ${command}`,
        'or with docker:',
        `  cd ${registry}`,
        `  skopeo copy oci:${image} docker-daemon:${image}`,
        `  docker run --rm --entrypoint python3 ${image} ${command}`,
        '',
      ].join('\n');
    })
    .join('\n');
}

/** @param {string} history as `pulumi stack history --json` prints it */
function isChanged(history) {
  const [newest] = /** @type {{ resourceChanges?: Record<string, number> }[]} */ (JSON.parse(history));
  return Object.keys(newest?.resourceChanges ?? {}).some((change) => change !== 'same');
}
