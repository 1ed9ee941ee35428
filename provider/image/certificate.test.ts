import { describe, expect, it } from 'vitest';
import { parseCertificate } from './certificate.js';

/** Made for this test with `openssl req -x509`; the hashes are those of `openssl x509 -subject_hash`. */
const samples: readonly (readonly [string, string, string])[] = [
  [
    'spaces and capitals',
    'ae884fcc',
    [
      'MIIB7DCCAZOgAwIBAgIUd4KfdDHwkarKNtAh2h07maFPUocwCgYIKoZIzj0EAwIwSzELMAkGA1UEBhMCREUxIjAgBgNVBAoMGUV4',
      'YW1wbGUgIFRydXN0ICAgU2VydmljZXMxGDAWBgNVBAMMD0V4YW1wbGUgUk9PVCBDYTAgFw0yNjExMjEwNTMxMjZaGA8yMTI2MTAy',
      'ODA1MzEyNlowSzELMAkGA1UEBhMCREUxIjAgBgNVBAoMGUV4YW1wbGUgIFRydXN0ICAgU2VydmljZXMxGDAWBgNVBAMMD0V4YW1w',
      'bGUgUk9PVCBDYTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNhq3XaLvbBFKgIE4TvtVnjnSspETNiffWugebpuRyd+OwMsJCiJ',
      'bSnMUG03X/iMj4I6RP8OJzOUeEVAHfHdwz2jUzBRMB0GA1UdDgQWBBTB65NlDLdt2SfEnhOWsUyRJ/vhVjAfBgNVHSMEGDAWgBTB',
      '65NlDLdt2SfEnhOWsUyRJ/vhVjAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0cAMEQCIGYxWYlZCpx4cxtoBTbIjvykuN1f',
      'f+O6448xVFLA1sirAiA/w6WgdU6XRMG+X1mXyZj4o9w2NIEKlyFlGuhQ0YGzQw==',
    ].join(''),
  ],
  [
    'letters beyond ASCII',
    '181ac278',
    [
      'MIIB7DCCAZGgAwIBAgIUYyEpeFzdoXLGLNMR6FsJ4grM00owCgYIKoZIzj0EAwIwSjELMAkGA1UEBhMCSFUxHjAcBgNVBAoMFUbF',
      'kXRhbsO6c8OtdHbDoW55IEx0ZDEbMBkGA1UEAwwSw4FSVsONWlTFsFLFkCBSb290MCAXDTI2MTEyMTA1MzEyNloYDzIxMjYxMDI4',
      'MDUzMTI2WjBKMQswCQYDVQQGEwJIVTEeMBwGA1UECgwVRsWRdGFuw7pzw610dsOhbnkgTHRkMRswGQYDVQQDDBLDgVJWw41aVMWw',
      'UsWQIFJvb3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQzGvxpPxc9YB0MWBgZ/+u5DmbQbZmBP1DfGdKUEOmTVHnO+kkQiKpE',
      'NmMtC+POBlvaG2GUxnylFoNfXdwr7qXoo1MwUTAdBgNVHQ4EFgQUBuij+seowOaqotR7voghaYBe1JIwHwYDVR0jBBgwFoAUBuij',
      '+seowOaqotR7voghaYBe1JIwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEAhluJBZNI08UT3bpDKoomaXysa5yL',
      'UZttIOHkus9YfBQCIQCUnnI3CJaLLymrv1yqWBrip92H69xKACqtbW4zytLNQQ==',
    ].join(''),
  ],
  [
    'two attributes in one name',
    '5e0e48af',
    [
      'MIIB0jCCAXmgAwIBAgIUSkXfr6cVhm7qGdRlwON9Vy2NCCMwCgYIKoZIzj0EAwIwPjELMAkGA1UEBhMCVVMxGjAKBgNVBAoMA1R3',
      'bzAMBgNVBAsMBVBhcnRzMRMwEQYDVQQDDApNdWx0aSBSb290MCAXDTI2MTEyMTA1MzEyNloYDzIxMjYxMDI4MDUzMTI2WjA+MQsw',
      'CQYDVQQGEwJVUzEaMAoGA1UECgwDVHdvMAwGA1UECwwFUGFydHMxEzARBgNVBAMMCk11bHRpIFJvb3QwWTATBgcqhkjOPQIBBggq',
      'hkjOPQMBBwNCAATy5Xbg1rsMsUq2Q6Vp5OKhDWBigsgB2cqqDdc4UdjEZ6zk7jCO1sv3y7do7hPXAeMi9xhsBVgM/L93Gd+HfnTa',
      'o1MwUTAdBgNVHQ4EFgQUg0c1+amE+B+5pl6BKR0+lnx3lQ0wHwYDVR0jBBgwFoAUg0c1+amE+B+5pl6BKR0+lnx3lQ0wDwYDVR0T',
      'AQH/BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiBDwkf7bR615sVzcRJjD1wFdVW+y5co1/2bRu2SGV07qAIgZuBJGVol6Eakxa6S',
      '9g8DrdwBYhuQipQYTWFPWvB9log=',
    ].join(''),
  ],
  [
    'a long subject',
    '6ee4ea57',
    [
      'MIIDHTCCAsOgAwIBAgIUArxzDYi2T9i7cJ0UwrpT2vcmSeswCgYIKoZIzj0EAwIwgeIxCzAJBgNVBAYTAlVTMUUwQwYDVQQKDDxv',
      'b29vb29vb29vb29vb29vb29vb29vb29vb29vb29vb29vb29vb29vb29vb29vb29vb29vb29vb29vb28xRTBDBgNVBAsMPHV1dXV1',
      'dXV1dXV1dXV1dXV1dXV1dXV1dXV1dXV1dXV1dXV1dXV1dXV1dXV1dXV1dXV1dXV1dXV1dXV1dTFFMEMGA1UEAww8Y2NjY2NjY2Nj',
      'Y2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjMCAXDTI2MTEyMTA1MzEyNloYDzIxMjYx',
      'MDI4MDUzMTI2WjCB4jELMAkGA1UEBhMCVVMxRTBDBgNVBAoMPG9vb29vb29vb29vb29vb29vb29vb29vb29vb29vb29vb29vb29v',
      'b29vb29vb29vb29vb29vb29vb29vbzFFMEMGA1UECww8dXV1dXV1dXV1dXV1dXV1dXV1dXV1dXV1dXV1dXV1dXV1dXV1dXV1dXV1',
      'dXV1dXV1dXV1dXV1dXV1dXV1MUUwQwYDVQQDDDxjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2Nj',
      'Y2NjY2NjY2NjY2NjY2MwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASt8bg3iSyKSYWkBFidNW0ClI+hZVDeemrLzc8m49VG6zej',
      'p/TeYHNQTJz8cKy2Nhg9JUPHiMJR/cdIxPYhBoQbo1MwUTAdBgNVHQ4EFgQUguojfrS+n/3Sp5vkT/+qq0q36U4wHwYDVR0jBBgw',
      'FoAUguojfrS+n/3Sp5vkT/+qq0q36U4wDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiAF84c0n5IRgT+CgERSdXqS',
      'Z67HYNi3hOVJKcZCHJBPrQIhAO6tEWv+11vjRmWjYM7qm6mOaW1cnVXYsMryxE3SWIxB',
    ].join(''),
  ],
  [
    'an organisation alone',
    '93401204',
    [
      'MIIBjzCCATWgAwIBAgIUdqWyNsGfWvNGMXTR56/fq/gXhxUwCgYIKoZIzj0EAwIwHDEaMBgGA1UECgwRT25seSBPcmdhbmlzYXRp',
      'b24wIBcNMjYxMTIxMDUzMTI2WhgPMjEyNjEwMjgwNTMxMjZaMBwxGjAYBgNVBAoMEU9ubHkgT3JnYW5pc2F0aW9uMFkwEwYHKoZI',
      'zj0CAQYIKoZIzj0DAQcDQgAEjmIloy66/JyEHSb3G1/pHIEEz4/LG8W06j0qrDfLhc/E9ONTh0vHSIdM1NyzbOrQBt88GRcPoqFp',
      'abTEipbYrKNTMFEwHQYDVR0OBBYEFC8Zr76pWQr0wqnQhbF76zXdIpQ6MB8GA1UdIwQYMBaAFC8Zr76pWQr0wqnQhbF76zXdIpQ6',
      'MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIhAMjiV9vbL9G4Yp/nlwSUUVFvstBSiJIpI0n6azyyqi8mAiB7nmUX',
      'ZqpceuBOGZ522+0enB+wgBr9xQWdnx3bxW68Mg==',
    ].join(''),
  ],
];

function pemOf(base64: string): string {
  return `-----BEGIN CERTIFICATE-----\n${base64.replaceAll(/(.{64})/g, '$1\n').trimEnd()}\n-----END CERTIFICATE-----`;
}

describe('a certificate', () => {
  it.each(samples)('has the hash that OpenSSL looks it up by: %s', (_, hash, base64) => {
    expect(parseCertificate(pemOf(base64), 'it').subjectHash).toBe(hash);
  });

  it('ends in a newline, so that a bundle can go on behind it', () => {
    const [, , base64 = ''] = samples[0] ?? [];
    expect(parseCertificate(pemOf(base64), 'it').pem).toBe(`${pemOf(base64)}\n`);
    expect(parseCertificate(`${pemOf(base64)}\n`, 'it').pem).toBe(`${pemOf(base64)}\n`);
  });

  it.each(['', 'no certificate', pemOf('AAAA'), pemOf(samples[0]?.[2].slice(0, 80) ?? '')])(
    'is refused by name when it is %j',
    (pem) => {
      expect(() => parseCertificate(pem, '/x/corp.crt')).toThrow(
        expect.objectContaining({ code: 'image/bad-certificate', data: { certificate: '/x/corp.crt' } }),
      );
    },
  );
});
