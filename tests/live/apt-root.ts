import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { DebianMirrors } from '../../provider/packages/deb/mirrors.js';
import type { Architecture } from '../../provider/packages/package.js';

const run = promisify(execFile);

/** The keyring that apt itself trusts; part of the package debian-archive-keyring. */
export const aptKeyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** An apt with a configuration, indexes and a state of its own, and not one package installed. */
export interface AptRoot {
  /** What apt would install, as `name=version`, sorted; undefined when it finds no solution. */
  simulate(requests: readonly string[]): Promise<readonly string[] | undefined>;
}

/** Sets up an apt in `folder` for a suite with its updates and security updates, and fetches its indexes. */
export async function createAptRoot(
  folder: string,
  suite: string,
  architecture: Architecture,
  mirrors: DebianMirrors,
): Promise<AptRoot> {
  const folders = [
    'etc/apt/apt.conf.d',
    'etc/apt/preferences.d',
    'etc/apt/sources.list.d',
    'var/lib/apt/lists/partial',
  ];
  for (const one of [...folders, 'var/cache/apt/archives/partial', 'var/lib/dpkg', 'var/log/apt']) {
    await mkdir(path.join(folder, one), { recursive: true });
  }
  await writeFile(path.join(folder, 'var/lib/dpkg/status'), '');
  const sources = [
    [mirrors.debian, suite],
    [mirrors.debian, `${suite}-updates`],
    [mirrors.debianSecurity, `${suite}-security`],
  ];
  const lines = sources.map(([url, name]) => `deb [signed-by=${aptKeyring}] ${url} ${name} main\n`);
  await writeFile(path.join(folder, 'etc/apt/sources.list'), lines.join(''));
  const configuration = path.join(folder, 'apt.conf');
  await writeFile(
    configuration,
    [
      `Dir "${folder}";`,
      `Dir::State::status "${folder}/var/lib/dpkg/status";`,
      `APT::Architecture "${architecture}";`,
      `APT::Architectures { "${architecture}"; };`,
      'Acquire::Languages "none";',
      // apt seeks in its indexes, which takes a hundred times longer in packed ones.
      'Acquire::GzipIndexes "false";',
      `Acquire::Check-Valid-Until "${String(mirrors.checkValidUntil)}";`,
      'APT::Sandbox::User "root";',
      'Debug::NoLocking "true";',
      '',
    ].join('\n'),
  );
  const environment = { ...process.env, APT_CONFIG: configuration, LC_ALL: 'C' };
  await run('apt-get', ['update'], { env: environment });
  return {
    async simulate(requests) {
      const wanted = ['install', '--simulate', '--no-install-recommends', ...requests];
      const answer = await run('apt-get', wanted, { env: environment, maxBuffer: 64 * 1024 * 1024 }).catch(
        (error: unknown) => {
          // apt-get says 100 for everything that it cannot do.
          if (error instanceof Error && 'code' in error && error.code === 100) return undefined;
          throw error;
        },
      );
      return answer?.stdout
        .split('\n')
        .flatMap((line) => {
          const [, name, version] = /^Inst (\S+) \((\S+) /.exec(line) ?? [];
          return name === undefined || version === undefined ? [] : [`${name.replace(/:.*/, '')}=${version}`];
        })
        .sort();
    },
  };
}
