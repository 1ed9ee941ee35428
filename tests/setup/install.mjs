// @ts-check
/** What a fresh clone lacks: the dependencies, the compiled code, and its own package under its own name. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { alone } from './lock.mjs';
import { root } from './paths.mjs';
import { say, stream } from './run.mjs';

const modules = join(root, 'node_modules');
const lockFile = join(root, 'package-lock.json');
/** Holds the digest of the lock file that the dependencies were installed from. */
const marker = join(modules, '.private-image-installed');

const program = join(root, 'dist/program/private-image.js');
/** What says how sources are compiled. */
const settings = ['tsconfig.json', 'package-lock.json', '.config/bundle.js', '.config/third-party-notices.js'];

/** Brings the clone up to date. Throws if the install or the compiler fails. Does nothing, quickly, when nothing is to do. */
export async function setUp() {
  await alone(join(root, '.private-image', 'set-up.lock'), 'the clone is being set up', async () => {
    await installDependencies();
    linkOwnPackage();
    if (isBuildNeeded()) await build();
  });
}

async function installDependencies() {
  const wanted = createHash('sha256').update(readFileSync(lockFile)).digest('hex');
  if (installedFrom() === wanted) return;
  if (isInstalledByHand()) {
    writeFileSync(marker, wanted);
    return;
  }
  say('installing the dependencies with npm ci: a minute on a first run');
  // Nothing that a dependency would run at its installation is needed.
  const code = await stream('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: root });
  if (code !== 0) throw new Error(`npm ci failed with exit code ${code}`);
  writeFileSync(marker, wanted);
}

function installedFrom() {
  return existsSync(marker) ? readFileSync(marker, 'utf8') : undefined;
}

/** Whether somebody ran npm here since the lock file was written: npm's own marker is newer than the lock file. */
function isInstalledByHand() {
  const npmMarker = join(modules, '.package-lock.json');
  return !existsSync(marker) && existsSync(npmMarker) && statSync(npmMarker).mtimeMs >= statSync(lockFile).mtimeMs;
}

/** Examples and tests import the package as its users do, by name: it stands among the dependencies as a link to the clone. */
function linkOwnPackage() {
  const { name } = /** @type {{ name: string }} */ (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
  const link = join(modules, name);
  if (existsSync(join(link, 'package.json'))) return;
  rmSync(link, { force: true });
  symlinkSync('..', link, 'dir');
}

/** Whether a source, or how it is compiled, is newer than the program, which is the last of what a build writes. */
function isBuildNeeded() {
  if (!existsSync(program)) return true;
  const built = statSync(program).mtimeMs;
  return [...settings, ...sources()].some((file) => statSync(join(root, file)).mtimeMs > built);
}

/** The TypeScript files of the product, relative to the root. */
function sources() {
  return ['provider', 'sdk'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !/\btesting\b/.test(dirname(file)))
      .map((file) => join(folder, file)),
  );
}

async function build() {
  say('compiling');
  const code = await stream('npm', ['run', '--silent', 'build'], { cwd: root });
  if (code !== 0) throw new Error(`npm run build failed with exit code ${code}`);
}
