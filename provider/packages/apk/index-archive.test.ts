import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { isPrivateImageError } from '../../support/errors.js';
import { readIndexArchive } from './index-archive.js';
import type { IndexArchive } from './index-archive.js';
import { keyringOf } from './keyring.js';
import { cut, gzip, makeIndex, makeSignature, makeSigningKey, makeTar } from './testing/apk-maker.js';
import type { SigningAlgorithm } from './testing/apk-maker.js';

const key = makeSigningKey('trusted.rsa.pub');
const other = makeSigningKey('other.rsa.pub');
const impostor = makeSigningKey('trusted.rsa.pub');
const keyring = keyringOf([key.public]);

function read(bytes: Buffer, allowUnsigned = false): Promise<IndexArchive> {
  return readIndexArchive(() => Readable.from([bytes]), { keyring, allowUnsigned }, 'the index');
}

async function codeOf(bytes: Buffer, allowUnsigned = false): Promise<string> {
  try {
    await read(bytes, allowUnsigned);
    return 'taken';
  } catch (error) {
    return isPrivateImageError(error) ? error.code : String(error);
  }
}

describe('readIndexArchive', () => {
  it.each<SigningAlgorithm>(['RSA', 'RSA256', 'RSA512'])(
    'takes an index with a signature of kind %s',
    async (algorithm) => {
      const index = await read(await makeIndex(['P:a'], { key, algorithm, madeAt: 1000, description: 'v1' }));
      expect(index).toMatchObject({ description: 'v1', madeAt: 1000, signedBy: key.public.fingerprint });
      expect(index.text.toString()).toBe('P:a\n\n');
    },
  );

  it('takes one good signature among several', async () => {
    const content = await makeIndex(['P:a']);
    const [bad, good] = await Promise.all([
      makeSignature(content, other, 'RSA256'),
      makeSignature(content, key, 'RSA'),
    ]);
    const { gunzipSync } = await import('node:zlib');
    const both = gzip(Buffer.concat([gunzipSync(bad), gunzipSync(good)]));
    expect(await read(Buffer.concat([both, content]))).toMatchObject({ signedBy: key.public.fingerprint });
  });

  it('refuses an unsigned index unless that is allowed', async () => {
    const index = await makeIndex(['P:a']);
    expect(await codeOf(index)).toBe('repository/unsigned');
    expect(await read(index, true)).toMatchObject({ signedBy: undefined });
  });

  it('refuses a signature by a key that is not trusted, and names it', async () => {
    const index = await makeIndex(['P:a'], { key: other });
    await expect(read(index)).rejects.toThrow(
      expect.objectContaining({ code: 'repository/untrusted-key', message: expect.stringContaining('other.rsa.pub') }),
    );
    expect(await codeOf(index, true)).toBe('taken');
  });

  it('refuses another key under a trusted name, even where unsigned indexes are allowed', async () => {
    const index = await makeIndex(['P:a'], { key: impostor });
    expect(await codeOf(index)).toBe('repository/bad-signature');
    expect(await codeOf(index, true)).toBe('repository/bad-signature');
  });

  it('refuses a signature with a hash it does not claim', async () => {
    const content = await makeIndex(['P:a']);
    const { createSign } = await import('node:crypto');
    const signature = createSign('RSA-SHA1').update(content).sign(key.privatePem);
    const member = gzip(cut(await makeTar([[{ name: '.SIGN.RSA256.trusted.rsa.pub' }, signature]])));
    expect(await codeOf(Buffer.concat([member, content]))).toBe('repository/bad-signature');
  });

  it.each(['DSA', 'NONE', 'RSA1'])('does not count a signature of kind %s', async (kind) => {
    const member = gzip(cut(await makeTar([[{ name: `.SIGN.${kind}.trusted.rsa.pub` }, 'x']])));
    expect(await codeOf(Buffer.concat([member, await makeIndex(['P:a'])]))).toBe('repository/untrusted-key');
  });

  it('notices every change behind the signature', async () => {
    const index = await makeIndex(['P:a', 'P:b'], { key });
    const signatureEnd = index.length - (await makeIndex(['P:a', 'P:b'])).length;
    for (let at = signatureEnd; at < index.length; at += 1) {
      const changed = Buffer.from(index);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(await codeOf(changed)).toBe('repository/bad-signature');
    }
  });

  it('takes nothing that is put behind a signed index', async () => {
    const index = await makeIndex(['P:a'], { key });
    expect(await codeOf(Buffer.concat([index, await makeIndex(['P:evil'])]))).toBe('repository/bad-signature');
    const unsigned = await makeIndex(['P:a']);
    expect(await codeOf(Buffer.concat([unsigned, unsigned]), true)).toBe('archive/trailing-data');
  });

  it('takes nothing that is put before it', async () => {
    const index = await makeIndex(['P:a'], { key });
    expect(await codeOf(Buffer.concat([await makeIndex(['P:evil']), index]))).toBe('repository/unsigned');
  });

  it('takes nothing but signatures among signatures', async () => {
    const content = await makeIndex(['P:a']);
    const member = gzip(
      cut(
        await makeTar([
          [{ name: '.SIGN.RSA256.trusted.rsa.pub' }, 'x'],
          [{ name: 'APKINDEX' }, 'P:evil'],
        ]),
      ),
    );
    expect(await codeOf(Buffer.concat([member, content]))).toBe('archive/malformed');
  });

  it.each([
    ['nothing', Buffer.alloc(0), 'archive/truncated'],
    ['a page of HTML', Buffer.from('<html>not found</html>'), 'archive/malformed'],
  ])('refuses %s', async (_, bytes, code) => {
    expect(await codeOf(bytes, true)).toBe(code);
  });

  it('refuses an archive without an index in it', async () => {
    expect(await codeOf(gzip(await makeTar([[{ name: 'README' }, 'x']])), true)).toBe('repository/malformed');
  });

  it('refuses a signature member that is a bomb', async () => {
    const bomb = gzip(Buffer.alloc(20_000_000));
    expect(await codeOf(Buffer.concat([bomb, await makeIndex(['P:a'])]))).toMatch(/^(archive\/|repository\/unsigned)/);
  });
});
