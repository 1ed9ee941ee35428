// @ts-check
/** The programs with which the tests look at images and run them. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { cache } from './paths.mjs';
import { findProgram, runLogged, say } from './run.mjs';

/** Program → Debian package. */
const tools = {
  podman: 'podman',
  runc: 'runc',
  skopeo: 'skopeo',
  umoci: 'umoci',
  'docker-registry': 'docker-registry',
  mmdebstrap: 'mmdebstrap',
  'qemu-aarch64-static': 'qemu-user-static',
};

/**
 * Installs what is missing, where that needs no question: as root on a Debian system. Never throws: tests that need what is
 * still missing say so when they are skipped.
 * @returns {Promise<string[]>} the programs that are still missing
 */
export async function installContainerTools() {
  const wanted = missing();
  if (wanted.length === 0) return [];
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version') || findProgram('apt-get') === undefined)
    return wanted;

  const packages = Object.entries(tools).flatMap(([tool, name]) => (wanted.includes(tool) ? [name] : []));
  mkdirSync(cache, { recursive: true });
  const log = join(cache, 'container-tools.log');
  say(`installing ${packages.join(', ')} with apt-get: about a minute (log: ${log})`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const lock = ['-o', 'DPkg::Lock::Timeout=300'];
  try {
    await runLogged('apt-get update', log, 'apt-get', [...lock, 'update', '-q'], { env });
    const install = [...lock, 'install', '-q', '-y', '--no-install-recommends', ...packages];
    await runLogged('apt-get install', log, 'apt-get', install, { env });
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
  }
  return missing();
}

function missing() {
  return Object.keys(tools).filter((tool) => findProgram(tool) === undefined);
}
