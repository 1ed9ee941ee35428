import { X509Certificate } from 'node:crypto';
import path from 'node:path';
import { rootCertificates } from 'node:tls';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { filesInLayout } from '../../tests/fixtures/apk-world.js';
import { openSmallWorld, requestFor, type SmallWorld } from '../../tests/fixtures/small-world.js';
import { publishBundle } from './bundles.js';
import { planImage } from './plan-image.js';
import { publishImage } from './publish-image.js';

const der = (pem: string): Buffer => new X509Certificate(pem).raw;
// Real certificates, those that Node itself trusts, as OpenSSL writes them.
const [first = '', second = '', third = ''] = rootCertificates
  .slice(0, 3)
  .map((pem) => new X509Certificate(pem).toString());

let world: SmallWorld;
beforeEach(async () => {
  world = await openSmallWorld();
});
afterEach(() => world.close());

async function trustedIn(files: Readonly<Record<string, Buffer>>) {
  const creator = world.creator();
  const { reference } = await publishBundle(creator, {
    name: 'ca',
    type: 'certificates',
    path: '/usr/local/share/ca-certificates/',
    description: undefined,
    files,
  });
  const request = requestFor({ starter: 'plain', lines: ['2'], architectures: ['amd64'], fileBundles: [reference] });
  const { digest } = await planImage(creator, request);
  const image = await publishImage(creator, digest, { owner: 'one', traceId: 'trace' });
  const layout = path.join(world.folder, 'registry', '53', 'web');
  const found = (name: RegExp) => filesInLayout(layout, name);
  return {
    status: image.status,
    bundle: await found(/^etc\/ssl\/certs\/ca-certificates\.crt$/u),
    files: [...(await found(/^usr\/local\/share\/ca-certificates\/.*\.crt$/u))].sort(),
  };
}

it.each([
  ['in PEM', Buffer.from(first)],
  ['in DER', der(first)],
  ['in DER, with the end of line of an editor', Buffer.concat([der(first), Buffer.from('\n')])],
  ['with the line ends of Windows', Buffer.from(first.replaceAll('\n', '\r\n'))],
  ['with a byte order mark', Buffer.from(`\ufeff${first}`)],
  ['with words around it', Buffer.from(`Subject: Prüfstelle\n${first}\n# the end\n`)],
  ['twice in one file', Buffer.from(`${first}${first}`)],
])('a certificate %s is trusted in the form that all programs read', async (_, content) => {
  const trusted = await trustedIn({ 'root.crt': content });
  expect(trusted).toEqual({ status: 'created', bundle: [first], files: [first] });
});

it('each certificate of a file is trusted as one of its own, which is how OpenSSL and Java look them up', async () => {
  const trusted = await trustedIn({
    'chain.pem': Buffer.from(`# two of them\n${first}\n${second}\n`),
    'chain_2.pem': Buffer.from(third),
  });
  expect(trusted.bundle).toHaveLength(1);
  expect(trusted.bundle[0]?.match(/-----BEGIN CERTIFICATE-----/gu)).toHaveLength(3);
  expect(trusted.files).toEqual([first, second, third].sort());
});
