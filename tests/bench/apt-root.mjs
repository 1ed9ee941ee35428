// @ts-check
/** An apt with a state of its own and nothing installed, to measure against. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { capture } from '../setup/run.mjs';

/**
 * Sets up an apt in `folder` that reads `main` of one suite for amd64; gives the environment that makes apt use it.
 * Throws with apt's words when the index cannot be fetched.
 * @param {string} folder
 * @param {{ url: string, suite: string, keys: string, checkValidUntil: boolean }} source `keys` is armoured
 * @returns {Promise<NodeJS.ProcessEnv>}
 */
export async function createAptRoot(folder, { url, suite, keys, checkValidUntil }) {
  const folders = [
    'etc/apt/apt.conf.d',
    'etc/apt/preferences.d',
    'etc/apt/sources.list.d',
    'var/lib/apt/lists/partial',
  ];
  for (const one of [...folders, 'var/cache/apt/archives/partial', 'var/lib/dpkg', 'var/log/apt']) {
    mkdirSync(join(folder, one), { recursive: true });
  }
  const keyring = join(folder, 'archive.asc');
  writeFileSync(keyring, keys);
  writeFileSync(join(folder, 'var/lib/dpkg/status'), '');
  writeFileSync(join(folder, 'etc/apt/sources.list'), `deb [signed-by=${keyring}] ${url} ${suite} main\n`);
  const configuration = join(folder, 'apt.conf');
  const settings = [
    `Dir "${folder}";`,
    `Dir::State::status "${folder}/var/lib/dpkg/status";`,
    'APT::Architecture "amd64";',
    'APT::Architectures { "amd64"; };',
    'Acquire::Languages "none";',
    `Acquire::Check-Valid-Until "${String(checkValidUntil)}";`,
    'APT::Sandbox::User "root";',
    'Debug::NoLocking "true";',
  ];
  writeFileSync(configuration, `${settings.join('\n')}\n`);
  const env = { ...process.env, APT_CONFIG: configuration, LC_ALL: 'C' };
  const { code, stderr } = await capture('apt-get', ['update', '--error-on=any'], { env });
  if (code !== 0) throw new Error(`apt-get update: ${stderr.trim()}`);
  return env;
}

/**
 * Arguments of apt-get that say what would be installed.
 * @param {readonly string[]} requests
 */
export function simulation(requests) {
  return ['--simulate', '--no-install-recommends', 'install', ...requests];
}
