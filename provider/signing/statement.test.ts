import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOf, hexOf } from '../support/digest.js';
import { provenanceClaim } from './provenance.js';
import { predicateTypes, readStatement, sbomClaim, signatureClaim, statementText } from './statement.js';

const subject = digestOf('image');

describe('a statement', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.jsonValue(), (predicateType, value) => {
        // JSON knows no negative zero.
        const predicate: unknown = JSON.parse(JSON.stringify(value));
        const statement = readStatement(Buffer.from(statementText(subject, { predicateType, predicate })));
        expect(statement).toEqual({ subjects: [hexOf(subject)], predicateType, predicate });
      }),
    );
  });

  it('that an image is signed is what cosign writes', () => {
    expect(JSON.parse(statementText(subject, signatureClaim()))).toEqual({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ digest: { sha256: hexOf(subject) } }],
      predicateType: 'https://sigstore.dev/cosign/sign/v1',
      predicate: {},
    });
  });

  it.each(['', 'null', '{}', '[]', '{"_type":"https://in-toto.io/Statement/v1","subject":[],"predicateType":"a"}'])(
    'is not %j',
    (text) => {
      expect(() => readStatement(Buffer.from(text))).toThrow(expect.objectContaining({ code: 'signing/malformed' }));
    },
  );

  it.each(['no JSON', '[]', 'null', '"text"'])('is not made of an SBOM that is %j', (document) => {
    expect(() => sbomClaim('spdx', document)).toThrow(expect.objectContaining({ code: 'signing/malformed' }));
  });
});

describe('the provenance', () => {
  const facts = {
    image: '53/web',
    line: '8.4',
    version: '8.4.12',
    plan: digestOf('plan'),
    catalogVersion: '2026.1',
    toolVersion: '0.1.0',
  };
  const material = fc.record({
    name: fc.string(),
    uri: fc.webUrl(),
    digest: fc.string().map((text) => digestOf(text)),
  });

  it('is the same in whatever order its materials come', () => {
    fc.assert(
      fc.property(fc.uniqueArray(material, { selector: ({ uri, digest }) => uri + digest }), (materials) => {
        const claim = provenanceClaim({ ...facts, materials });
        expect(provenanceClaim({ ...facts, materials: [...materials].reverse() })).toEqual(claim);
      }),
    );
  });

  it('holds the plan and each material with its digest, and no time', () => {
    const materials = [{ name: 'php', uri: 'pkg:deb/debian/php@8.4.12?arch=amd64', digest: digestOf('php') }];
    const { predicateType, predicate } = provenanceClaim({ ...facts, materials });
    expect(predicateType).toBe(predicateTypes.provenance);
    expect(predicate).toMatchObject({
      buildDefinition: {
        externalParameters: { image: '53/web', line: '8.4', plan: facts.plan },
        resolvedDependencies: [{ ...materials[0], digest: { sha256: hexOf(digestOf('php')) } }],
      },
      runDetails: { builder: { version: { 'pulumi-private-image': '0.1.0' } } },
    });
    expect(JSON.stringify(predicate)).not.toMatch(/\d{4}-\d{2}-\d{2}T/);
  });
});
