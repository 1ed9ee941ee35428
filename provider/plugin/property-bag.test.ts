import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { signatureKey, signatures } from '../resources/wire.js';
import { type PropertyBag, readPropertyBag, secretProperties, writePropertyBag } from './property-bag.js';
import { Struct } from './protocol.js';

type Json = Parameters<typeof Struct.fromJavaScript>[0];

const name = fc.string({ minLength: 1, maxLength: 8 }).filter((key) => key !== '__proto__' && key !== signatureKey);
const { value } = fc.letrec<{ value: unknown; plain: unknown; marked: unknown }>((tie) => ({
  plain: fc.oneof(
    { maxDepth: 3 },
    fc.string({ maxLength: 8 }),
    fc.integer(),
    fc.boolean(),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(name, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
  marked: tie('plain').map((inner) => ({ [signatureKey]: signatures.secret, value: inner })),
  value: fc.oneof({ weight: 4, arbitrary: tie('plain') }, { weight: 1, arbitrary: tie('marked') }),
}));

describe('a property bag', () => {
  it('goes through us with all its secrets', () => {
    fc.assert(
      fc.property(fc.dictionary(name, value, { maxKeys: 4, noNullPrototype: true }), (properties) => {
        const bag = readPropertyBag(Struct.fromJavaScript(properties as Json));
        // What is secret within a secret is as secret as it was.
        const again = readPropertyBag(writePropertyBag(bag));
        expect(again.properties).toEqual(bag.properties);
        const outermost = ({ secrets }: PropertyBag): readonly string[] => [
          ...new Set(secretProperties({ properties: {}, secrets })),
        ];
        expect(outermost(bag)).toEqual(expect.arrayContaining([...outermost(again)]));
        expect(JSON.stringify(bag.properties)).not.toContain(signatures.secret);
      }),
    );
  });

  it.each<[string, PropertyBag, object]>([
    ['where it was', { properties: { a: { b: 1 } }, secrets: [['a', 'b']] }, { a: { b: marked(1) } }],
    [
      'at what is above when it is gone',
      { properties: { a: { c: 1 } }, secrets: [['a', 'b']] },
      { a: marked({ c: 1 }) },
    ],
    ['nowhere when all of it is gone', { properties: { c: 1 }, secrets: [['a', 'b']] }, { c: 1 }],
    ['once', { properties: { a: 1 }, secrets: [['a'], ['a'], ['a', 'b']] }, { a: marked(1) }],
    ['in a list', { properties: { a: [1, 2] }, secrets: [['a', 1]] }, { a: [1, marked(2)] }],
  ])('makes a secret %s', (_, bag, expected) => {
    expect(writePropertyBag(bag).toJavaScript()).toEqual(expected);
  });

  it('has no nulls, and resources by their id', () => {
    const resource = { [signatureKey]: signatures.resource, urn: 'urn', id: 'local/ca' };
    const bag = readPropertyBag(Struct.fromJavaScript({ a: null, b: resource, c: { d: null } }));
    expect(bag).toEqual({ properties: { b: 'local/ca', c: {} }, secrets: [] });
  });
});

function marked(value: unknown): object {
  return { [signatureKey]: signatures.secret, value };
}
