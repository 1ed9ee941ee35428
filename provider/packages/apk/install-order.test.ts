import { describe, expect, it } from 'vitest';
import type { ApkPackage } from './apk-package.js';
import { packageOfStanza } from './index-stanza.js';
import { inInstallOrder } from './install-order.js';

function packageOf(name: string, depends = '', provides = ''): ApkPackage {
  const stanza = `C:Q1AQIDBAUGBwgJCgsMDQ4PEBESExQ=\nP:${name}\nV:1\nA:x86_64\nD:${depends}\np:${provides}`;
  return packageOfStanza(stanza, { folder: 'https://x', repository: 'x' }, 'x');
}

function order(packages: readonly ApkPackage[], ...requests: readonly string[]): string {
  return inInstallOrder(packages, requests)
    .map((one) => one.name)
    .join(' ');
}

describe('inInstallOrder', () => {
  it('puts requests by name, before each what it needs', () => {
    const packages = [
      packageOf('web', 'so:z.so cmd:sh base'),
      packageOf('z', '', 'so:z.so=1'),
      packageOf('app'),
      packageOf('sh', 'base', 'cmd:sh=1'),
      packageOf('base'),
    ];
    expect(order(packages, 'web', 'app')).toBe('app z base sh web');
    expect(order([...packages].reverse(), 'app', 'web=1')).toBe('app z base sh web');
  });

  it('breaks circles, and puts what nobody asked for last', () => {
    expect(order([packageOf('b', 'a'), packageOf('a', 'b'), packageOf('y-doc'), packageOf('x-doc')], 'b')).toBe(
      'a b x-doc y-doc',
    );
  });

  it('is not ended by a chain of any length', () => {
    const chain = Array.from({ length: 20_000 }, (_, index) => packageOf(`p${index}`, `p${index + 1}`));
    expect(inInstallOrder(chain, ['p0'])[0]?.name).toBe('p19999');
  });
});
