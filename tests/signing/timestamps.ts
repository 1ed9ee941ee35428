/** A timestamp authority (https://www.rfc-editor.org/rfc/rfc3161), for tests. */
import { createHash, sign } from 'node:crypto';
import type { Certified } from './certificates.js';
import { element, integer, octets, oid, sequence, set, tagged, time } from './der.js';

const sha256 = sequence(oid('2.16.840.1.101.3.4.2.1'));
const timestampInfo = oid('1.2.840.113549.1.9.16.1.4');

/** The answer to a request for a timestamp of something with this SHA-256. */
export function timestampOf(hash: Uint8Array, signer: Certified, issuerName: Buffer, at: Date): Buffer {
  const info = sequence(
    integer(1),
    oid('1.3.6.1.4.1.57264.2'),
    sequence(sha256, octets(hash)),
    integer(BigInt(at.getTime())),
    time(at),
  );
  const attributes = set(
    sequence(oid('1.2.840.113549.1.9.3'), set(timestampInfo)),
    sequence(oid('1.2.840.113549.1.9.4'), set(octets(digest(info)))),
    sequence(oid('1.2.840.113549.1.9.16.2.47'), set(sequence(sequence(sequence(octets(digest(signer.der))))))),
  );
  const signerInfo = sequence(
    integer(1),
    sequence(issuerName, signer.serial),
    sha256,
    // The signature is over a set; what is written has a tag of its own.
    Buffer.concat([Buffer.from([0xa0]), attributes.subarray(1)]),
    sequence(oid('1.2.840.10045.4.3.2')),
    octets(sign('sha256', attributes, signer.privateKey)),
  );
  const signedData = sequence(
    integer(3),
    set(sha256),
    sequence(timestampInfo, tagged(0, octets(info))),
    element(0xa0, signer.der),
    set(signerInfo),
  );
  return sequence(sequence(integer(0)), sequence(oid('1.2.840.113549.1.7.2'), tagged(0, signedData)));
}

function digest(content: Uint8Array): Buffer {
  return createHash('sha256').update(content).digest();
}
