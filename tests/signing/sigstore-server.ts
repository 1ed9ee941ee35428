/** An instance of sigstore of one's own: certificate authority, both logs and timestamp authority, over real HTTP, for tests. */
import { createHash, createHmac, createPublicKey, verify } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  authority,
  type Certified,
  certify,
  endEntity,
  identity,
  issued,
  issuerKey,
  keyId,
  type KeyPair,
  newKeyPair,
  pemOf,
  selfSigned,
  spki,
} from './certificates.js';
import { timestampOf } from './timestamps.js';
import { openLog, type TransparencyLog } from './transparency-log.js';

/** A running instance. */
export interface SigstoreServer {
  readonly url: string;
  /** What the issuer of identities is called. */
  readonly issuer: string;
  /** How often each path was asked for. */
  readonly requests: ReadonlyMap<string, number>;
  /** An identity token for `subject`. */
  token(subject: string): string;
  /** The trusted root of this instance, as JSON. */
  trustedRoot(parts?: { readonly logs?: boolean; readonly timestamps?: boolean }): string;
  /** The same as PEM, for tools that know no trusted root. */
  pems(): { readonly authority: string; readonly log: string; readonly promises: string };
  close(): Promise<void>;
}

interface Instance {
  readonly root: Certified;
  readonly authority: Certified;
  readonly stamper: Certified;
  readonly promises: KeyPair;
  readonly log: TransparencyLog;
  /** By their UUID. */
  readonly entries: Map<string, object>;
  readonly issuer: string;
}

const entriesPath = '/api/v1/log/entries';
const secret = 'the issuer keeps this';
const day = 24 * 60 * 60_000;

/** Starts an instance on a port of its own. Every key in it is new. */
export async function startSigstore(): Promise<SigstoreServer> {
  const [from, until] = [new Date(Date.now() - day), new Date(Date.now() + day)];
  const root = selfSigned('root', from, until);
  const instance: Instance = {
    root,
    authority: issued(root, 'authority', from, until, authority),
    stamper: issued(root, 'stamper', from, until, (key) => endEntity(key, 'time')),
    promises: newKeyPair(),
    log: openLog('127.0.0.1'),
    entries: new Map(),
    issuer: 'https://issuer.example',
  };
  const requests = new Map<string, number>();
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    requests.set(path, (requests.get(path) ?? 0) + 1);
    bodyOf(request)
      .then((body) => answer(instance, path, body))
      .then(({ status, type, content, location }) =>
        response
          .writeHead(status, { 'content-type': type, ...(location === undefined ? {} : { location }) })
          .end(content),
      )
      .catch((error: unknown) =>
        response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ message: String(error) })),
      );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    issuer: instance.issuer,
    requests,
    token: (subject) => tokenFor(subject, instance.issuer),
    trustedRoot: ({ logs = true, timestamps = true } = {}) => rootJson(instance, url, logs, timestamps),
    pems: () => pemsOf(instance),
    close: () => closed(server),
  };
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly content: string | Buffer;
  readonly location?: string;
}

function answer(instance: Instance, path: string, body: Buffer): Answer {
  const known = path.startsWith(`${entriesPath}/`)
    ? instance.entries.get(path.slice(entriesPath.length + 1))
    : undefined;
  if (known !== undefined) return json(known);
  const request = JSON.parse(body.toString('utf8')) as never;
  if (path === '/api/v2/signingCert') return json(certificateFor(instance, request));
  if (path === entriesPath) return entryFor(instance, request);
  if (path === '/api/v1/timestamp') {
    const { artifactHash } = request as { artifactHash: string };
    const content = timestampOf(Buffer.from(artifactHash, 'base64'), instance.stamper, instance.root.name, new Date());
    return { status: 201, type: 'application/timestamp-reply', content };
  }
  return { status: 404, type: 'application/json', content: '{}' };
}

interface CertificateOrder {
  readonly credentials: { readonly oidcIdentityToken: string };
  readonly publicKeyRequest: { readonly publicKey: { readonly content: string }; readonly proofOfPossession: string };
}

function certificateFor(instance: Instance, { credentials, publicKeyRequest }: CertificateOrder): object {
  const [head = '', payload = '', signature = ''] = credentials.oidcIdentityToken.split('.');
  if (mac(`${head}.${payload}`) !== signature) throw new Error('the token is not signed by its issuer');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as { sub: string; email?: string };
  const subject = claims.email ?? claims.sub;
  const publicKey = createPublicKey(publicKeyRequest.publicKey.content);
  const proof = Buffer.from(publicKeyRequest.proofOfPossession, 'base64');
  if (!verify('sha256', Buffer.from(subject), publicKey, proof)) throw new Error('the key is not in possession');
  const from = new Date(Date.now() - 60_000);
  const until = new Date(Date.now() + 9 * 60_000);
  const extensions = [
    ...endEntity(publicKey, 'code'),
    issuerKey(instance.authority),
    ...identity(subject, instance.issuer),
  ];
  const { der } = certify(
    { commonName: 'sigstore', publicKey, from, until, extensions },
    instance.authority,
    instance.promises,
  );
  return {
    signedCertificateEmbeddedSct: {
      chain: { certificates: [der, instance.authority.der, instance.root.der].map(pemOf) },
    },
  };
}

interface ProposedEntry {
  readonly kind: string;
  readonly apiVersion: string;
  readonly spec: { readonly proposedContent?: { readonly envelope: string; readonly verifiers: readonly string[] } };
}

/** Enters what a log keeps of an entry: for an envelope its hashes, and who can verify it. One that it knows is not taken again. */
function entryFor({ log, entries }: Instance, proposed: ProposedEntry): Answer {
  const { kind, apiVersion, spec } = proposed;
  const { proposedContent } = spec;
  const body = { apiVersion, kind, spec: proposedContent === undefined ? spec : envelopeSpec(proposedContent) };
  const content = Buffer.from(JSON.stringify(body));
  const uuid = createHash('sha256').update(content).digest('hex');
  if (entries.has(uuid)) {
    const message = JSON.stringify({ message: 'an equivalent entry already exists' });
    return { status: 409, type: 'application/json', content: message, location: `${entriesPath}/${uuid}` };
  }
  const entry = { [uuid]: log.add(content) };
  entries.set(uuid, entry);
  return json(entry);
}

function envelopeSpec({
  envelope,
  verifiers,
}: {
  readonly envelope: string;
  readonly verifiers: readonly string[];
}): object {
  const { payload, signatures } = JSON.parse(envelope) as { payload: string; signatures: { sig: string }[] };
  const hash = (content: string | Buffer): object => ({
    algorithm: 'sha256',
    value: createHash('sha256').update(content).digest('hex'),
  });
  return {
    envelopeHash: hash(envelope),
    payloadHash: hash(Buffer.from(payload, 'base64')),
    signatures: signatures.map(({ sig }, index) => ({ signature: sig, verifier: verifiers[index] })),
  };
}

function rootJson(instance: Instance, url: string, logs: boolean, timestamps: boolean): string {
  const validFor = { start: new Date(Date.now() - day).toISOString() };
  const log = ({ publicKey }: KeyPair, baseUrl: string): object => ({
    baseUrl,
    hashAlgorithm: 'SHA2_256',
    publicKey: { rawBytes: spki(publicKey).toString('base64'), keyDetails: 'PKIX_ECDSA_P256_SHA_256', validFor },
    logId: { keyId: keyId(publicKey).toString('base64') },
  });
  const chain = (...certificates: readonly Certified[]): object => ({
    subject: { organization: 'example', commonName: 'example' },
    uri: url,
    certChain: { certificates: certificates.map(({ der }) => ({ rawBytes: der.toString('base64') })) },
    validFor,
  });
  return JSON.stringify({
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: logs ? [log(instance.log.key, url)] : [],
    certificateAuthorities: [chain(instance.authority, instance.root)],
    ctlogs: [log(instance.promises, `${url}/ct`)],
    timestampAuthorities: timestamps ? [chain(instance.stamper, instance.root)] : [],
  });
}

function pemsOf({ root, authority: intermediate, log, promises }: Instance): ReturnType<SigstoreServer['pems']> {
  const key = ({ publicKey }: KeyPair): string => publicKey.export({ type: 'spki', format: 'pem' }).toString();
  return { authority: pemOf(intermediate.der) + pemOf(root.der), log: key(log.key), promises: key(promises) };
}

function tokenFor(subject: string, iss: string): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const who = subject.includes('@') ? { email: subject, email_verified: true } : {};
  const claims = { iss, aud: 'sigstore', sub: subject, exp: Math.floor(Date.now() / 1000) + 600, ...who };
  const text = `${part({ alg: 'HS256' })}.${part(claims)}`;
  return `${text}.${mac(text)}`;
}

function mac(content: string): string {
  return createHmac('sha256', secret).update(content).digest('base64url');
}

function json(value: object): Answer {
  return { status: 201, type: 'application/json', content: JSON.stringify(value) };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve, reject) => server.close((error) => (error === undefined ? resolve() : reject(error))));
}
