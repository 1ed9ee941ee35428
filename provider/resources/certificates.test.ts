import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { lookForCertificates } from './certificates.js';

const pem = readFileSync(new URL('../../examples/quickstart/corporate-root.crt', import.meta.url));
const der = Buffer.from(pem.toString().replaceAll(/-----.*-----|\s/gu, ''), 'base64');
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const passphrase = { cipher: 'aes-256-cbc', passphrase: 'secret' };

describe('lookForCertificates', () => {
  it.each([
    ['one in PEM', pem, 1],
    ['one in DER', der, 1],
    ['one in DER and the end of line of an editor', Buffer.concat([der, Buffer.from('\n')]), 1],
    ['two in PEM with text around', Buffer.concat([Buffer.from('# Root\n'), pem, Buffer.from('\n# Again\n'), pem]), 2],
    ['line ends of Windows', Buffer.from(pem.toString().replaceAll('\n', '\r\n')), 1],
  ])('finds %s', (_, content, count) => {
    const found = lookForCertificates(content);
    expect(found.kind === 'certificates' && found.certificates.length).toBe(count);
  });

  it.each([
    ['in PEM', Buffer.from('-----BEGIN PKCS7-----\nMAA=\n-----END PKCS7-----\n')],
    ['in DER', Buffer.from('308203a206092a864886f70d010702a0820393', 'hex')],
    ['in DER of a length that is not told', Buffer.from('308006092a864886f70d010702a080', 'hex')],
  ])('finds certificates in PKCS #7 %s', (_, content) => {
    expect(lookForCertificates(content).kind).toBe('certificates in PKCS #7');
  });

  it('reads what openssl reads', () => {
    const found = lookForCertificates(pem);
    const facts = found.kind === 'certificates' ? found.certificates[0] : undefined;
    expect(facts).toMatchObject({
      subject: 'O=Quickstart, CN=Quickstart Corporate Root',
      validFrom: '2025-01-01T00:00:00.000Z',
    });
    expect(facts?.issuer).toBe(facts?.subject);
    expect(facts?.fingerprint).toMatch(/^(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/u);
    expect(BigInt(`0x${facts?.serialNumber ?? '0'}`)).toBeGreaterThan(0n);
  });

  it.each([
    ['PKCS #8 in PEM', privateKey.export({ format: 'pem', type: 'pkcs8' })],
    ['SEC 1 in PEM', privateKey.export({ format: 'pem', type: 'sec1' })],
    ['PKCS #1 in PEM', rsa.export({ format: 'pem', type: 'pkcs1' })],
    ['encrypted in PEM', privateKey.export({ format: 'pem', type: 'pkcs8', ...passphrase })],
    ['PKCS #8 in DER', privateKey.export({ format: 'der', type: 'pkcs8' })],
    ['SEC 1 in DER', privateKey.export({ format: 'der', type: 'sec1' })],
    ['PKCS #1 in DER', rsa.export({ format: 'der', type: 'pkcs1' })],
    ['encrypted in DER', privateKey.export({ format: 'der', type: 'pkcs8', ...passphrase })],
    ['behind a certificate', Buffer.concat([pem, Buffer.from(privateKey.export({ format: 'pem', type: 'pkcs8' }))])],
  ])('finds a private key: %s', (_, content) => {
    expect(lookForCertificates(Buffer.from(content)).kind).toBe('private key');
  });

  it.each([
    ['PKCS #12', '3082040c020103308203c206092a864886f70d010701'],
    ['PKCS #12 of a length that is not told', '3080020103308006092a864886f70d010701'],
    ['JKS', 'feedfeed0000000200000001'],
    ['JCEKS', 'cececece0000000200000001'],
  ])('finds a key store: %s', (_, hex) => {
    expect(lookForCertificates(Buffer.from(hex, 'hex')).kind).toBe('key store');
  });

  it.each([
    ['no END line', Buffer.from(pem.toString().replace(/-----END[\s\S]*/u, ''))],
    ['bytes that are no certificate', Buffer.from('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')],
    [
      'a good one and a bad one',
      Buffer.concat([pem, Buffer.from('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')]),
    ],
    ['one in DER behind another', Buffer.concat([der, der])],
  ])('is not content with %s', (_, content) => {
    expect(lookForCertificates(content).kind).toBe('damaged');
  });

  it.each([
    ['text', Buffer.from('hello = world\n')],
    ['nothing', Buffer.alloc(0)],
    ['a public key', Buffer.from(publicKey.export({ format: 'pem', type: 'spki' }))],
    ['a cut-off DER certificate', der.subarray(0, 100)],
    ['a program', readFileSync(process.execPath).subarray(0, 4096)],
  ])('leaves %s alone', (_, content) => {
    expect(lookForCertificates(content).kind).toBe('other');
  });
});
