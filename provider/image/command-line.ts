import { imageError } from './image-error.js';

const blanks = ' \t\r\n';

/**
 * The words of a command line as a POSIX shell splits them, with quotes, backslashes and comments but without expansion of any kind
 * (https://pubs.opengroup.org/onlinepubs/9699919799/utilities/V3_chap02.html#tag_18_02). Throws `image/bad-configuration` when a
 * quote is not closed.
 */
export function splitCommandLine(text: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: '"' | "'" | undefined;
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charAt(index);
    if (quote === "'") {
      if (character === "'") quote = undefined;
      else word = `${word ?? ''}${character}`;
    } else if (character === '\\') {
      const next = text.charAt(index + 1);
      if (next === '') throw unfinished(text, 'a backslash at the end');
      index += 1;
      // A line that goes on: neither a character nor a word.
      if (next === '\n') continue;
      // Within double quotes a backslash stands for itself, but for a few characters.
      const isEscape = quote === undefined || '"\\$`'.includes(next);
      word = `${word ?? ''}${isEscape ? '' : '\\'}${next}`;
    } else if (quote === '"') {
      if (character === '"') quote = undefined;
      else word = `${word ?? ''}${character}`;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (blanks.includes(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (character === '#' && word === undefined) {
      const end = text.indexOf('\n', index);
      index = end === -1 ? text.length : end;
    } else {
      word = `${word ?? ''}${character}`;
    }
  }
  if (quote !== undefined) throw unfinished(text, `a ${quote} that is not closed`);
  if (word !== undefined) words.push(word);
  return words;
}

function unfinished(text: string, what: string): Error {
  return imageError('image/bad-configuration', `The command line ${JSON.stringify(text)} has ${what}`, {
    hint: 'Write it as you would for a shell.',
    data: { command: text },
  });
}
