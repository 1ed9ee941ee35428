import { describe, expect, it } from 'vitest';
import { parseStanza, parseStanzas } from './control.js';

describe('parseStanzas', () => {
  it('reads stanzas with folded values and comments', () => {
    const text = '# a comment\nPackage: a\nDescription: short\n long\n .\n end\n\n\nPACKAGE: b\nDepends: c,\n d\n';
    const [first, second, ...rest] = parseStanzas(text, 'text');
    expect(rest).toEqual([]);
    expect(first?.get('description')).toBe('short\nlong\n.\nend');
    expect(second?.get('package')).toBe('b');
    expect(second?.get('depends')).toBe('c,\nd');
  });

  it.each([
    ['a field that is there twice', 'A: 1\na: 2\n'],
    ['a line that goes on from nothing', ' x\n'],
    ['a line without a field', 'Package\n'],
    ['a name with a space', 'Pack age: x\n'],
    ['an empty name', ': x\n'],
  ])('refuses %s', (_what, text) => {
    expect(() => parseStanzas(text, 'text')).toThrow(expect.objectContaining({ code: 'control/malformed' }));
  });

  it.each(['', 'A: 1\n\nB: 2\n'])('wants one stanza, not %j', (text) => {
    expect(() => parseStanza(text, 'text')).toThrow(expect.objectContaining({ code: 'control/malformed' }));
  });
});
