/*
 * Group 11: time, and mirrors that have too much of it.
 *
 * | case | tested in |
 * | --- | --- |
 * | roll-back to an older valid index, deb and apk | here; provider/packages/{deb,apk}/repository.test.ts |
 * | an index that never gets newer (Valid-Until) | here; deb refuses it, apk, which has no such date, warns |
 * | packages from another snapshot than the index | here; provider/creator/bad-mirror.test.ts |
 * | an index that changes between two reads | here; provider/packages/deb/repository.test.ts |
 * | one byte a minute: release, index, archive | here, with a client that counts in milliseconds; provider/support/http-client.test.ts |
 * | an endless body: release, index, archive | here; provider/support/http-client.test.ts |
 */
import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fetchPackages } from '../../provider/creator/fetch-packages.js';
import { makeApk } from '../../provider/packages/apk/testing/apk-maker.js';
import { describeError } from '../../provider/support/errors.js';
import { errorOf } from '../fixtures/error-of.js';
import { fileStamps } from '../fixtures/file-stamps.js';
import { answerOf, now, openWorkshop, type Workshop } from './workshop.js';

let shop: Workshop;
beforeEach(async () => {
  shop = await openWorkshop();
});
afterEach(() => shop.close());

const fields = (date: string): { fields: Record<string, string> } => ({ fields: { Date: date } });
const days = [
  'Wed, 25 Feb 2026 12:00:00 UTC',
  'Thu, 26 Feb 2026 12:00:00 UTC',
  'Fri, 27 Feb 2026 12:00:00 UTC',
] as const;

function one(version: string): Promise<string> {
  return shop.putDeb({ name: 'one', version, architecture: 'amd64' });
}

async function writeApk(version: string, madeAt: number): Promise<void> {
  const made = await makeApk({ name: 'one', version }, shop.apkKey);
  await shop.write(`x86_64/${made.fileName}`, made.bytes);
  await shop.writeApkIndex([made.stanza], { madeAt });
}

describe('an older index with its genuine signature', () => {
  it('deb: is refused, as often as it is offered, and the newer one goes on to count', async () => {
    await shop.writeDebIndex(await one('2'), fields(days[1]));
    await shop.deb();
    await shop.writeDebIndex(await one('1'), fields(days[0]));
    for (const _ of [1, 2]) {
      const error = await errorOf(shop.deb());
      expect(error.code).toBe('repository/rolled-back');
      expect(error.message).toMatch(/2026-02-25.*2026-02-26/u);
    }
    expect(answerOf(await shop.deb({ offline: true }), ['one'])).toBe('one=2');
    await shop.writeDebIndex(await one('3'), fields(days[2]));
    expect(answerOf(await shop.deb(), ['one'])).toBe('one=3');
  });

  it('deb: is no more welcome under a key that may sign as well', async () => {
    await shop.writeDebIndex(await one('2'), fields(days[1]));
    await shop.deb();
    await shop.writeDebIndex(await one('1'), fields(days[0]));
    const keyring = [shop.debKey.armoured, shop.debKey.armoured];
    expect((await errorOf(shop.deb({ keyring }))).code).toBe('repository/rolled-back');
  });

  it('apk: is refused, as often as it is offered, and the newer one goes on to count', async () => {
    await writeApk('2-r0', 2000);
    await shop.apk();
    await writeApk('1-r0', 1000);
    for (const _ of [1, 2]) expect((await errorOf(shop.apk())).code).toBe('repository/rolled-back');
    expect(answerOf(await shop.apk({ offline: true }), ['one'])).toBe('one=2-r0');
    await writeApk('3-r0', 3000);
    expect(answerOf(await shop.apk(), ['one'])).toBe('one=3-r0');
  });
});

describe('an index that never gets newer', () => {
  it('deb: is refused from its Valid-Until on, also from the store', async () => {
    await shop.writeDebIndex(await one('1'), { fields: { 'Valid-Until': 'Sat, 28 Feb 2026 23:59:59 UTC' } });
    for (const offline of [false, true]) {
      if (offline) await shop.deb({ checkValidUntil: false });
      const error = await errorOf(shop.deb({ offline }));
      expect(error.code).toBe('repository/expired');
      expect(error.message).toContain('2026-02-28T23:59:59');
    }
  });

  it('deb: is taken up to the last second', async () => {
    await shop.writeDebIndex(await one('1'), { fields: { 'Valid-Until': 'Sun, 01 Mar 2026 00:00:00 UTC' } });
    expect(answerOf(await shop.deb(), ['one'])).toBe('one=1');
  });

  it('deb: is refused when its Valid-Until cannot be read', async () => {
    await shop.writeDebIndex(await one('1'), { fields: { 'Valid-Until': 'never' } });
    expect((await errorOf(shop.deb())).code).toBe('repository/malformed');
  });

  it('apk: is named in a warning when it is half a year old', async () => {
    await writeApk('1-r0', now.getTime() / 1000 - 181 * 86_400);
    await shop.apk();
    expect(shop.warnings).toEqual([expect.stringMatching(/127\.0\.0\.1.*has not been renewed for 181 days/u)]);
  });
});

describe('packages of another snapshot than the index', () => {
  it('deb: a newer one in the place of the one that is named', async () => {
    await shop.writeDebIndex(await one('1'));
    const source = await shop.deb();
    await shop.putDeb({ name: 'one', version: '1', architecture: 'amd64', files: { '/new': 'new' } });
    const error = await errorOf(fetchPackages(shop.creator, source.get('one')));
    expect(error).toMatchObject({ code: 'package/wrong-checksum', data: { package: 'one', version: '1' } });
  });

  it('apk: a newer one beside, and none of the one that is named', async () => {
    await writeApk('1-r0', 1000);
    const source = await shop.apk();
    shop.server.answer = (name, response) => {
      if (!name.endsWith('one-1-r0.apk')) return false;
      response.writeHead(404).end();
      return true;
    };
    const error = await errorOf(fetchPackages(shop.creator, source.get('one')));
    expect(error).toMatchObject({ code: 'package/vanished', data: { package: 'one', version: '1-r0' } });
  });
});

describe('a mirror that changes while it is read', () => {
  it('deb: between release and index, is read again, and the answer is of one snapshot', async () => {
    await shop.writeDebIndex(await one('1'), fields(days[0]));
    let changed: Promise<void> | undefined;
    shop.server.answer = (name, response) => {
      if (!name.endsWith('Packages.gz') || changed !== undefined) return false;
      changed = one('2').then((stanza) => shop.writeDebIndex(stanza, fields(days[1])));
      void changed.then(() => response.writeHead(404).end());
      return true;
    };
    expect(answerOf(await shop.deb(), ['one'])).toBe('one=2');
  });

  it('deb: again and again, is an error and no endless chase', async () => {
    let second = 0;
    const next = async (): Promise<void> => {
      second += 1;
      await shop.writeDebIndex(await one(String(second)), fields(`Thu, 26 Feb 2026 12:00:0${second} UTC`));
    };
    await next();
    shop.server.answer = (name, response) => {
      if (!name.endsWith('Packages.gz')) return false;
      void next().then(() => response.writeHead(404).end());
      return true;
    };
    expect((await errorOf(shop.deb())).code).toBe('repository/changed-while-reading');
    expect(second).toBe(3);
  });

  it('apk: while it is being sent, is refused as what nobody signed', async () => {
    await writeApk('1-r0', 1000);
    const file = path.join(shop.folder, 'mirror/x86_64/APKINDEX.tar.gz');
    const first = await readFile(file);
    await writeApk('2-r0', 2000);
    const second = await readFile(file);
    const half = first.length >> 1;
    await shop.write('x86_64/APKINDEX.tar.gz', Buffer.concat([first.subarray(0, half), second.subarray(half)]));
    expect((await errorOf(shop.apk())).code).toMatch(/^(?:repository\/bad-signature|archive\/)/u);
    await shop.write('x86_64/APKINDEX.tar.gz', second);
    expect(answerOf(await shop.apk(), ['one'])).toBe('one=2-r0');
  });
});

describe('a body without an end', () => {
  const places: readonly [string, string, string, () => Promise<unknown>][] = [
    ['a release that is', 'InRelease', 'repository/unreachable', () => shop.deb()],
    ['a deb index that is', 'Packages.gz', 'repository/', () => shop.deb()],
    ['an apk index that is', 'APKINDEX.tar.gz', 'repository/unreachable', () => shop.apk()],
    [
      'a deb archive that is',
      '.deb',
      'package/',
      async () => fetchPackages(shop.creator, (await shop.deb()).get('one')),
    ],
    [
      'an apk archive that is',
      '.apk',
      'package/',
      async () => fetchPackages(shop.creator, (await shop.apk()).get('one')),
    ],
  ];

  async function spoil(ending: string, answer: (response: ServerResponse) => void): Promise<void> {
    await shop.writeDebIndex(await one('1'));
    await writeApk('1-r0', 1000);
    shop.server.answer = (name, response) => {
      if (!name.endsWith(ending)) return false;
      answer(response);
      return true;
    };
  }

  /** What lies in the store and is neither a blob nor a fact. */
  async function leftOvers(): Promise<readonly string[]> {
    const files = Object.keys(await fileStamps(path.join(shop.folder, 'cache', 'store')));
    return files.filter((file) => !/^(?:sha256|facts)\//u.test(file));
  }

  it.each(places)('%s endless is given up, and nothing is left over', async (_, ending, code, read) => {
    await spoil(ending, (response) => void pump(response.writeHead(200)));
    const error = await errorOf(read());
    expect(error.code.startsWith(code)).toBe(true);
    expect(describeError(error)).toMatch(
      /sends more than the \d+ bytes|does not have the|is not what the signed index/u,
    );
    expect(await leftOvers()).toEqual([]);
  });

  it.each(places)('%s sent byte by byte is given up, and nothing is left over', async (_, ending, code, read) => {
    await spoil(ending, (response) => {
      response.writeHead(200);
      const dripping = setInterval(() => response.write('-'), 20);
      response.once('close', () => clearInterval(dripping));
    });
    const error = await errorOf(read());
    expect(error.code.startsWith(code)).toBe(true);
    expect(describeError(error)).toMatch(/bytes a second|is not what the signed index/u);
    expect(await leftOvers()).toEqual([]);
  });

  async function pump(response: ServerResponse): Promise<void> {
    const piece = Buffer.alloc(1 << 20, '-');
    function* endless(): Generator<Buffer> {
      for (;;) yield piece;
    }
    // Ends when the client hangs up, which is what is waited for.
    await pipeline(Readable.from(endless()), response).catch(() => undefined);
  }
});
