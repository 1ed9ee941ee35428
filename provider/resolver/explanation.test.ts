import { describe, expect, it } from 'vitest';
import { resolve } from './resolve.js';
import { packagesInWords, universeInWords, type WordRules } from './testing/universe-dsl.js';

function conflictOf(text: string, requests: readonly string[], rules: WordRules = {}) {
  const resolution = resolve(universeInWords(packagesInWords(text), rules), requests);
  if (resolution.solved) throw new Error(`Solved: ${resolution.packages.map((one) => one.package.name).join(' ')}`);
  return resolution.conflict;
}

describe('why there is no solution', () => {
  it('nothing has the name', () => {
    const conflict = conflictOf('nginx=1', ['ngnix']);
    expect(conflict.text).toMatchInlineSnapshot(`"ngnix is requested; there is no such package; near it is nginx"`);
    expect(conflict.nearMisses.map((miss) => miss.name)).toEqual(['nginx']);
    expect(conflict.requests).toEqual(['ngnix']);
  });

  it('the version is not there', () => {
    const text = 'php=8 needs curl\ncurl=7 needs libfoo>=2\nlibfoo=1\nother=1';
    const conflict = conflictOf(text, ['other', 'php']);
    expect(conflict.text).toMatchInlineSnapshot(`
      "php 8 requires curl
      curl 7 requires libfoo>=2; the newest libfoo is 1"
    `);
    expect(conflict.requests).toEqual(['php']);
  });

  it('every version fails in the same way', () => {
    expect(conflictOf('a=2 needs b\na=1 needs b\nb=1 needs c>=9\nc=1', ['a']).text).toMatchInlineSnapshot(`
      "a 2 (and 1) requires b
      b 1 requires c>=9; the newest c is 1"
    `);
  });

  it('two requests exclude each other', () => {
    const text = 'postfix=3 bars mta gives mta\nexim=4 bars mta gives mta\nexim=5 bars mta gives mta';
    expect(conflictOf(text, ['exim', 'postfix']).text).toMatchInlineSnapshot(
      `"exim is requested, but postfix 3 conflicts with exim 5 (and 4) (bars mta)"`,
    );
  });

  it('two packages need versions that nothing is both of', () => {
    const text = 'a=1 needs lib>=3\nb=1 needs lib<3\nlib=1\nlib=2\nlib=3\nlib=4';
    expect(conflictOf(text, ['a', 'b']).text).toMatchInlineSnapshot(
      `"a 1 requires lib>=3 and b 1 requires lib<3; no version of lib is both"`,
    );
  });

  it('one alternative is ruled out and the other is broken', () => {
    const text = 'app=1 needs x|y, z\nz=1 bars x\nx=1\ny=1 needs gone';
    expect(conflictOf(text, ['app']).text).toMatchInlineSnapshot(`
      "app 1 requires z
      app 1 requires x | y, of which only y 1 is left: z 1 conflicts with x 1 (bars x)
      y 1 requires gone; there is no such package"
    `);
  });

  it('each alternative fails in its own way', () => {
    const text = 'app=1 needs x|y\nx=1 needs gone\ny=1 needs lib>=2\nlib=1';
    expect(conflictOf(text, ['app']).text).toMatchInlineSnapshot(`
      "app 1 requires x | y, and each way to meet it fails
        with x 1:
          x 1 requires gone; there is no such package
        with y 1:
          y 1 requires lib>=2; the newest lib is 1"
    `);
  });

  it('two packages give the same name with a version', () => {
    const text = 'a=1 gives cmd=1\nb=1 gives cmd=1\napp=1 needs a, b';
    expect(conflictOf(text, ['app'], { exclusiveProvides: true }).text).toMatchInlineSnapshot(`
      "app 1 requires a
      app 1 requires b, but a 1 conflicts with b 1 (gives the same)"
    `);
  });

  it('a virtual package leads to the broken one', () => {
    expect(conflictOf('server=1 gives httpd needs gone', ['httpd']).text).toMatchInlineSnapshot(`
      "httpd is requested, which only server 1 meets
      server 1 requires gone; there is no such package"
    `);
  });

  it('speaks of no fact that can be left out', () => {
    const noise = Array.from({ length: 30 }, (_, i) => `n${i}=1 needs n${i + 1}|m${i}\nm${i}=1 bars n${i + 2}`).join(
      '\n',
    );
    const conflict = conflictOf(`${noise}\na=1 needs n0, b\nb=1 needs c\nc=1 bars d\nd=1`, ['a', 'd']);
    expect(conflict.text).toMatchInlineSnapshot(`
      "a 1 requires b
      b 1 requires c, but c 1 conflicts with d 1 (bars d)"
    `);
    expect(conflict.facts).toHaveLength(5);
  });
});
