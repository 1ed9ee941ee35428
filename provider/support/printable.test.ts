import { describe, expect, it } from 'vitest';
import { describeError } from './errors.js';
import { printable } from './printable.js';

describe('text of others', () => {
  it.each([
    ['two\nlines\tof text', 'two\nlines\tof text'],
    ['\u001b[31mred\u001b[0m', '[31mred[0m'],
    ['over\rwritten\u0007\u009b2J\u007f', 'overwritten2J'],
    ['Zürich – 東京', 'Zürich – 東京'],
  ])('%j is shown as %j', (text, shown) => {
    expect(printable(text)).toBe(shown);
    expect(describeError(new Error(text))).toBe(shown);
  });
});
