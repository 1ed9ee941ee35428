import { z } from 'zod';
import { digestSchema } from '../support/digest-schema.js';

/**
 * An encrypted cosign key inside its PEM armour: JSON of scrypt and NaCl's secret box
 * (https://github.com/secure-systems-lab/go-securesystemslib/tree/main/encrypted). Bytes are base64.
 */
export const cosignKeySchema = z.object({
  kdf: z.object({
    name: z.literal('scrypt'),
    params: z.object({ N: z.number().int(), r: z.number().int(), p: z.number().int() }),
    salt: z.base64(),
  }),
  cipher: z.object({ name: z.literal('nacl/secretbox'), nonce: z.base64() }),
  ciphertext: z.base64(),
});

/** The claims of an identity token that certificate authorities look at (https://openid.net/specs/openid-connect-core-1_0.html#IDToken). */
export const tokenClaimsSchema = z
  .object({
    iss: z.string().min(1),
    sub: z.string().min(1).optional(),
    exp: z.number().optional(),
    email: z.string().optional(),
    email_verified: z.boolean().optional(),
  })
  .refine((claims) => claims.sub !== undefined || claims.email !== undefined, { message: 'it names nobody' });

/** What GitHub Actions answers when it is asked for a token. */
export const tokenAnswerSchema = z.object({ value: z.string().min(1) });

/** An in-toto statement, of version 0.1 or 1 (https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md). */
export const statementSchema = z.object({
  _type: z.enum(['https://in-toto.io/Statement/v1', 'https://in-toto.io/Statement/v0.1']),
  subject: z
    .array(z.object({ name: z.string().optional(), digest: z.record(z.string(), z.string()) }))
    .min(1)
    .max(1000),
  predicateType: z.string().min(1),
  predicate: z.unknown(),
});

/** The older payload of an image signature (https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md#simple-signing). */
export const simpleSigningSchema = z.object({
  critical: z.object({
    identity: z.object({ 'docker-reference': z.string() }),
    image: z.object({ 'docker-manifest-digest': digestSchema }),
    type: z.string(),
  }),
});

/** A DSSE envelope as JSON (https://github.com/secure-systems-lab/dsse/blob/master/envelope.md). */
export const envelopeSchema = z.object({
  payloadType: z.string(),
  payload: z.base64(),
  signatures: z.array(z.object({ sig: z.base64(), keyid: z.string().optional() })).length(1),
});

/** What a log says beside an older signature. */
export const logBundleSchema = z.object({
  SignedEntryTimestamp: z.base64(),
  Payload: z.object({
    body: z.base64(),
    integratedTime: z.number().int(),
    logIndex: z.number().int(),
    logID: z.string().regex(/^[0-9a-f]+$/),
  }),
});

/** What a timestamp authority says beside an older signature. */
export const timestampSchema = z.object({ SignedRFC3161Timestamp: z.base64() });

const validForSchema = z.object({ start: z.iso.datetime().optional(), end: z.iso.datetime().optional() }).optional();
const logSchema = z.object({
  baseUrl: z.string(),
  publicKey: z.object({ rawBytes: z.base64(), validFor: validForSchema }),
  logId: z.object({ keyId: z.base64() }),
  checkpointKeyId: z.object({ keyId: z.base64() }).optional(),
});
const authoritySchema = z.object({
  certChain: z.object({ certificates: z.array(z.object({ rawBytes: z.base64() })).min(1) }),
  validFor: validForSchema,
});

/** A trusted root as JSON (https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_trustroot.proto). */
export const trustedRootSchema = z.object({
  mediaType: z.string().startsWith('application/vnd.dev.sigstore.trustedroot'),
  tlogs: z.array(logSchema).default([]),
  certificateAuthorities: z.array(authoritySchema).default([]),
  ctlogs: z.array(logSchema).default([]),
  timestampAuthorities: z.array(authoritySchema).default([]),
});

/** A log of a trusted root. */
export type TrustedLog = z.output<typeof logSchema>;
/** A certificate authority of a trusted root. */
export type TrustedAuthority = z.output<typeof authoritySchema>;
