import { describe, expect, it } from 'vitest';
import type { ApkPackage } from './apk-package.js';
import { packageOfStanza } from './index-stanza.js';
import { inInstallOrder } from './install-order.js';

function packageOf(name: string, depends = '', provides = '', installIf = ''): ApkPackage {
  const stanza = `C:Q1AQIDBAUGBwgJCgsMDQ4PEBESExQ=\nP:${name}\nV:1\nA:x86_64\nD:${depends}\np:${provides}\ni:${installIf}`;
  return packageOfStanza(stanza, { folder: 'https://x', repository: 'x' }, 'x');
}

function order(packages: readonly ApkPackage[]): string {
  return inInstallOrder(packages)
    .map((one) => one.name)
    .join(' ');
}

describe('inInstallOrder', () => {
  it('goes by name and version, before each what it needs, by the text of its dependencies', () => {
    const packages = [
      packageOf('web', 'so:z.so cmd:sh base'),
      packageOf('z', '', 'so:z.so=1'),
      packageOf('app'),
      packageOf('sh', 'base', 'cmd:sh=1'),
      packageOf('base'),
    ];
    expect(order(packages)).toBe('app base sh z web');
    expect(order([...packages].reverse())).toBe('app base sh z web');
    expect(order([packageOf('a'), packageOf('a-b')])).toBe('a-b a');
  });

  it('takes the best of those who meet a dependency, and first what only one meets', () => {
    const packages = [
      packageOf('app', 'any cmd:sh'),
      packageOf('x', '', 'any=1'),
      packageOf('y', '', 'any=2'),
      packageOf('zsh', '', 'cmd:sh=1'),
    ];
    expect(order(packages)).toBe('zsh y app x');
  });

  it('needs nobody for what a package provides itself', () => {
    expect(order([packageOf('a', 'cmd:a', 'cmd:a=1'), packageOf('b', '', 'cmd:a')])).toBe('a b');
  });

  it('breaks circles where they close', () => {
    expect(order([packageOf('b', 'c'), packageOf('a', 'b'), packageOf('c', 'a')])).toBe('c b a');
  });

  it('puts what comes by install_if behind what brings it', () => {
    const packages = [packageOf('top', 'x y'), packageOf('x'), packageOf('y'), packageOf('z-xy', '', '', 'x y=1')];
    expect(order(packages)).toBe('x y z-xy top');
  });

  it('is not ended by a chain of any length', () => {
    const chain = Array.from({ length: 20_000 }, (_, index) => packageOf(`p${index}`, `p${index + 1}`));
    expect(inInstallOrder(chain)[0]?.name).toBe('p19999');
  });
});
