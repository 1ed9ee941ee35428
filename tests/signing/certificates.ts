/** A certificate authority with a log of its certificates, as sigstore has them: real X.509, for tests. */
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { bits, integer, octets, oid, plainTagged, sequence, set, shortTime, tagged, text, truth } from './der.js';

/** A key pair on P-256. */
export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** A certificate with the key that it is for. */
export interface Certified extends KeyPair {
  readonly name: Buffer;
  readonly serial: Buffer;
  readonly der: Buffer;
}

/** What a certificate is to say. */
export interface CertificateRequest {
  readonly commonName: string;
  readonly publicKey: KeyObject;
  readonly from: Date;
  readonly until: Date;
  readonly extensions: readonly Buffer[];
}

const ecdsaSha256 = sequence(oid('1.2.840.10045.4.3.2'));

export function newKeyPair(): KeyPair {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

/** The DER of a public key. */
export function spki(key: KeyObject): Buffer {
  return (key.type === 'private' ? createPublicKey(key) : key).export({ type: 'spki', format: 'der' });
}

/** What names a key: the SHA-256 of its DER. */
export function keyId(key: KeyObject): Buffer {
  return createHash('sha256').update(spki(key)).digest();
}

/** The PEM of a certificate. */
export function pemOf(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

/** A certificate of its own issuer. */
export function selfSigned(commonName: string, from: Date, until: Date): Certified {
  const pair = newKeyPair();
  const request = { commonName, publicKey: pair.publicKey, from, until, extensions: authority(pair.publicKey) };
  return { ...pair, ...certify(request, { ...pair, name: nameOf(commonName) }) };
}

/** A certificate of `issuer` for a key pair of its own. */
export function issued(
  issuer: Certified,
  commonName: string,
  from: Date,
  until: Date,
  extensions: (key: KeyObject) => readonly Buffer[],
): Certified {
  const pair = newKeyPair();
  const request = {
    commonName,
    publicKey: pair.publicKey,
    from,
    until,
    extensions: [...extensions(pair.publicKey), issuerKey(issuer)],
  };
  return { ...pair, ...certify(request, issuer) };
}

/** Makes and signs a certificate; with a log, its promise is put into the certificate. */
export function certify(
  request: CertificateRequest,
  issuer: KeyPair & { readonly name: Buffer },
  log?: KeyPair,
): { readonly der: Buffer; readonly name: Buffer; readonly serial: Buffer } {
  const serial = integer(BigInt(`0x4${randomBytes(8).toString('hex')}`));
  const name = nameOf(request.commonName);
  const body = (extensions: readonly Buffer[]): Buffer =>
    sequence(
      tagged(0, integer(2)),
      serial,
      ecdsaSha256,
      issuer.name,
      sequence(shortTime(request.from), shortTime(request.until)),
      name,
      spki(request.publicKey),
      tagged(3, sequence(...extensions)),
    );
  const { extensions } = request;
  const promised = log === undefined ? extensions : [...extensions, promise(body(extensions), issuer.publicKey, log)];
  const signed = body(promised);
  return { der: sequence(signed, ecdsaSha256, bits(sign('sha256', signed, issuer.privateKey))), name, serial };
}

/** The extensions of a certificate authority. */
export function authority(key: KeyObject): Buffer[] {
  const usage = extension('2.5.29.15', bits(Buffer.from([0x06]), 1), true);
  return [extension('2.5.29.19', sequence(truth()), true), usage, subjectKey(key)];
}

/** The extensions of a certificate for signing `purpose`. */
export function endEntity(key: KeyObject, purpose: 'code' | 'time'): Buffer[] {
  const usage = oid(purpose === 'code' ? '1.3.6.1.5.5.7.3.3' : '1.3.6.1.5.5.7.3.8');
  return [
    extension('2.5.29.15', bits(Buffer.from([0x80]), 7), true),
    extension('2.5.29.37', sequence(usage), purpose === 'time'),
    subjectKey(key),
  ];
}

/** Who signs, as sigstore's authority writes it (https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md). */
export function identity(subject: string, issuer: string): Buffer[] {
  return [
    extension('2.5.29.17', sequence(plainTagged(subject.includes('://') ? 6 : 1, Buffer.from(subject))), true),
    extension('1.3.6.1.4.1.57264.1.1', Buffer.from(issuer)),
    extension('1.3.6.1.4.1.57264.1.8', text(issuer)),
  ];
}

/** Which key the issuer signs with. */
export function issuerKey(issuer: KeyPair): Buffer {
  return extension('2.5.29.35', sequence(plainTagged(0, keyId(issuer.publicKey).subarray(0, 20))));
}

function subjectKey(key: KeyObject): Buffer {
  return extension('2.5.29.14', octets(keyId(key).subarray(0, 20)));
}

function extension(id: string, content: Buffer, critical = false): Buffer {
  return sequence(oid(id), ...(critical ? [truth()] : []), octets(content));
}

function nameOf(commonName: string): Buffer {
  return sequence(set(sequence(oid('2.5.4.3'), text(commonName))));
}

/** A signed certificate timestamp in its extension (https://www.rfc-editor.org/rfc/rfc6962#section-3.2). */
function promise(body: Buffer, issuer: KeyObject, log: KeyPair): Buffer {
  const at = Buffer.alloc(8);
  at.writeBigUInt64BE(BigInt(Date.now()));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  const signed = Buffer.concat([
    Buffer.from([0, 0]),
    at,
    Buffer.from([0, 1]),
    keyId(issuer),
    length.subarray(1),
    body,
    Buffer.from([0, 0]),
  ]);
  const signature = sign('sha256', signed, log.privateKey);
  const stamp = Buffer.concat([
    Buffer.from([0]),
    keyId(log.publicKey),
    at,
    Buffer.from([0, 0, 4, 3]),
    counted(signature),
  ]);
  return extension('1.3.6.1.4.1.11129.2.4.2', octets(counted(counted(stamp))));
}

function counted(content: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(content.length);
  return Buffer.concat([length, content]);
}
