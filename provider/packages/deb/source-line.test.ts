import { describe, expect, it } from 'vitest';
import { parseSourceLine } from './source-line.js';

const plain = { signedBy: undefined, architectures: undefined, checkValidUntil: true };
const url = 'https://example.org/debian';

describe('parseSourceLine', () => {
  it.each([
    [`${url} stable main contrib`, { place: url, suite: 'stable', components: ['main', 'contrib'] }],
    [`deb ${url} stable`, { place: url, suite: 'stable', components: ['main'] }],
    [`deb ${url} ./`, { place: url, suite: './', components: [] }],
    [`  deb   ${url}\tamd64/ `, { place: url, suite: 'amd64/', components: [] }],
    ['./repository', { place: './repository', suite: 'trixie', components: ['main'] }],
    [
      `deb [arch=amd64,arm64 signed-by=/usr/share/keyrings/one.gpg,two.asc] ${url} stable main`,
      {
        place: url,
        suite: 'stable',
        components: ['main'],
        architectures: ['amd64', 'arm64'],
        signedBy: ['/usr/share/keyrings/one.gpg', 'two.asc'],
      },
    ],
    [
      `deb [ check-valid-until=no by-hash=force ] ${url} stable`,
      { place: url, suite: 'stable', components: ['main'], checkValidUntil: false },
    ],
    [`deb [trusted=no] ${url} stable`, { place: url, suite: 'stable', components: ['main'] }],
  ])('reads %s', (line, expected) => {
    expect(parseSourceLine(line, 'trixie', false)).toEqual({ ...plain, ...expected });
  });

  it.each([
    ['', /needs a suite/u, undefined],
    [url, /needs a suite/u, undefined],
    [`deb-src ${url} stable main`, /source packages/u, 'stable'],
    [`deb [trusted=yes] ${url} ./`, /signed or not/u, 'stable'],
    [`deb [allow-insecure=yes] ${url} ./`, /signed or not/u, 'stable'],
    [`deb [signedby=/key.gpg] ${url} stable`, /option that is not known: signedby=\/key\.gpg/u, 'stable'],
    [`deb [signed-by=] ${url} stable`, /option that is not known: signed-by=/u, 'stable'],
  ])('refuses %s', (line, message, suite) => {
    expect(() => parseSourceLine(line, suite, false)).toThrow(
      expect.objectContaining({ code: 'request/malformed', message: expect.stringMatching(message) as string }),
    );
  });

  it('takes a line that is to be trusted where nothing has to be signed', () => {
    expect(parseSourceLine(`deb [trusted=yes] ${url} ./`, undefined, true).suite).toBe('./');
  });

  it('shows no password', () => {
    expect(() => parseSourceLine('deb [x=y] https://me:secret@example.org/ stable', undefined, false)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('secret') as string }),
    );
  });
});
