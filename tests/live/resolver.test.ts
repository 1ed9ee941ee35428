import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DebIndex, mergeIndexes } from '../../provider/packages/deb/deb-index.js';
import { findDebianMirrors } from '../../provider/packages/deb/mirrors.js';
import { openDebRepository } from '../../provider/packages/deb/repository.js';
import { debUniverse } from '../../provider/packages/deb/universe.js';
import { architectures } from '../../provider/packages/package.js';
import { resolve } from '../../provider/resolver/resolve.js';
import { openStore } from '../../provider/store/open-store.js';
import { createHttpClient } from '../../provider/support/http-client.js';
import { silent } from '../../provider/support/progress.js';
import { inlineTasks } from '../../provider/support/tasks.js';
import { type AptRoot, aptKeyring, createAptRoot } from './apt-root.js';

const everywhere: readonly string[] = [
  'ca-certificates tzdata libc6',
  'curl',
  'nginx',
  'nginx-core nginx-extras',
  'postgresql',
  'mariadb-server',
  'redis-server nginx postgresql',
  'python3 python3-venv',
  'python3-django python3-psycopg2 gunicorn',
  'php-cli php-apcu php-redis php-xdebug',
  'php-fpm php-imagick mariadb-client',
  'libapache2-mod-php',
  'ruby ruby-rails',
  'nodejs npm',
  'default-jre-headless haproxy',
  'podman',
  'exim4',
  'mailutils postfix',
  'git vim build-essential',
  'xfce4',
  'wget',
  'openssh-server',
  'apache2',
  'memcached',
  'rsync',
  'vim',
  'ffmpeg',
  'imagemagick',
  'graphviz',
  'gnupg',
  'sqlite3',
  'jq',
  'tmux',
  'build-essential',
  'cmake',
  'golang-go',
  'rustc cargo',
  'openjdk-17-jre-headless',
  'erlang',
  'perl libwww-perl',
  'lighttpd',
  'squid',
  'bind9',
  'dovecot-imapd',
  'postfix',
  'rabbitmq-server',
  'texlive-latex-base',
  'python3-numpy python3-scipy',
  'python3-requests python3-yaml',
  'ruby-dev',
  'php-mbstring php-xml',
  'libreoffice-calc',
  'gimp',
  'inkscape',
  // No solution, or a name that is not one package.
  'exim4-daemon-light postfix',
  'sysvinit-core systemd-sysv',
  'curl libc6=1.0',
  'mail-transport-agent',
  'no-such-package curl',
];
const bySuite: Readonly<Record<string, readonly string[]>> = {
  bookworm: ['php8.2-cli php8.2-curl php8.2-mysql', 'python3.11 ruby3.1', 'php8.4-cli'],
  trixie: ['php8.4-cli nginx postgresql', 'python3.13 ruby3.3', 'php8.2-cli'],
};

const keys = fileURLToPath(new URL('../../provider/catalog/debian/keys/', import.meta.url));
const missing = await whatIsMissing();

async function whatIsMissing(): Promise<string | undefined> {
  if (spawnSync('apt-get', ['--version']).status !== 0) return 'apt-get';
  if (!existsSync(aptKeyring)) return aptKeyring;
  const http = createHttpClient({ environment: process.env });
  try {
    const { debian } = await findDebianMirrors({ environment: process.env });
    await (await http.get(`${debian}/dists/bookworm/InRelease`)).discard();
    return undefined;
  } catch {
    return 'a Debian mirror';
  } finally {
    await http.close();
  }
}

describe.skipIf(missing !== undefined)(
  `the closure is what apt installs on an empty root${missing === undefined ? '' : ` (needs ${missing})`}`,
  () => {
    let folder = '';
    const http = createHttpClient({ environment: process.env });

    beforeAll(async () => {
      folder = await mkdtemp(path.join(os.tmpdir(), 'private-image-apt-'));
    });
    afterAll(async () => {
      await http.close();
      await rm(folder, { recursive: true, force: true });
    });

    describe.each(
      Object.keys(bySuite).flatMap((suite) => architectures.map((architecture) => ({ suite, architecture }))),
    )('in $suite on $architecture', ({ suite, architecture }) => {
      let index: DebIndex;
      let apt: AptRoot;

      beforeAll(async () => {
        const mirrors = await findDebianMirrors({ environment: process.env });
        const keyring = await Promise.all((await readdir(keys)).map((file) => readFile(path.join(keys, file), 'utf8')));
        const store = openStore(path.join(folder, 'store'));
        const context = { http, store, clock: () => new Date(), report: silent, tasks: inlineTasks };
        const pockets = [
          [mirrors.debian, suite],
          [mirrors.debian, `${suite}-updates`],
          [mirrors.debianSecurity, `${suite}-security`],
        ] as const;
        const indexes = await Promise.all(
          pockets.map(async ([url, name]) => {
            const { checkValidUntil } = mirrors;
            const repository = await openDebRepository(context, {
              url,
              suite: name,
              components: ['main'],
              keyring,
              checkValidUntil,
            });
            return repository.index(architecture);
          }),
        );
        index = mergeIndexes(indexes);
        apt = await createAptRoot(path.join(folder, `${suite}-${architecture}`), suite, architecture, mirrors);
      });

      it.each([...everywhere, ...(bySuite[suite] ?? [])])('%s', async (line) => {
        const requests = line.split(' ');
        const resolution = resolve(debUniverse(index, { architecture }), requests);
        const own = resolution.solved
          ? resolution.packages.map(({ package: one }) => `${one.name}=${one.version}`).sort()
          : undefined;
        expect(own).toEqual(await apt.simulate(requests));
        if (!resolution.solved) expect(resolution.conflict.requests.length).toBeGreaterThan(0);
      });
    });
  },
);
