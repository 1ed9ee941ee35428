import { describe, expect, it } from 'vitest';
import { accountTables } from './accounts.js';
import { systemNumber } from './system-users.js';
import { rootOf } from './testing/root-dsl.js';

const nonroot = {
  users: [{ name: 'nonroot', uid: 65532, gid: 65532, homeDir: undefined, shell: undefined }],
  groups: [{ name: 'nonroot', gid: 65532, members: [] }],
  runAs: undefined,
};

async function made(...files: readonly string[]) {
  const root = rootOf('usr/', 'usr/lib/', 'usr/lib/sysusers.d/', ...files.map((file) => `usr/lib/sysusers.d/${file}`));
  const { users, groups } = await accountTables(root, [], new Set(), nonroot);
  const added = (name: string): boolean => !['root', 'nonroot'].includes(name);
  return { users: users.filter(({ name }) => added(name)), groups: groups.filter(({ name }) => added(name)) };
}

describe('users that packages ask for by sysusers.d', () => {
  it('are made, with a group of their own number', async () => {
    const { users, groups } = await made('dbus.conf=# the bus\nu messagebus - "System Message Bus" /nonexistent\n');
    const number = systemNumber('messagebus', new Set());
    expect(users).toEqual([
      {
        name: 'messagebus',
        uid: number,
        gid: number,
        gecos: 'System Message Bus',
        home: '/nonexistent',
        shell: '/usr/sbin/nologin',
      },
    ]);
    expect(groups).toEqual([{ name: 'messagebus', gid: number, members: [] }]);
  });

  it('have the number and the group that they ask for', async () => {
    const { users, groups } = await made(
      'a.conf=g mail 8\nu! exim 110:mail - /var/spool\nu sshd -:65534\nm exim tls\n',
    );
    expect(users.map(({ name, uid, gid }) => [name, uid, gid])).toEqual([
      ['exim', 110, 8],
      ['sshd', 65534, 65534],
    ]);
    expect(groups).toEqual([
      { name: 'mail', gid: 8, members: [] },
      { name: 'tls', gid: systemNumber('tls', new Set()), members: ['exim'] },
    ]);
  });

  it('keep their numbers when others come', async () => {
    const alone = await made('b.conf=u redis -\n');
    const together = await made('a.conf=u cron -\nu at -\n', 'b.conf=u redis -\n');
    expect(together.users).toContainEqual(alone.users[0]);
  });

  it('are none where the image has them, or where a line is none', async () => {
    expect(await made('a.conf=u nonroot 5\nu root 0\nr - 500-900\nu a:b -\nu\nu x - "a:b"\n')).toEqual({
      users: [],
      groups: [],
    });
  });

  it('have numbers of the system, as long as there are some', () => {
    const taken = new Set<number>();
    for (let index = 0; index < 900; index += 1) taken.add(systemNumber('same', taken));
    expect([Math.min(...taken), Math.max(...taken), taken.size]).toEqual([100, 999, 900]);
  });
});
