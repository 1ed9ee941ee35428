/**
 * A matcher of paths for ordered glob patterns: `*` and `?` within one name, `**` over any number of folders, `[a-z]`, `{a,b}`; a
 * leading `/` is allowed. `folder/**` means the folder as well. A pattern that starts with `!` takes paths out again; the last
 * pattern that fits decides.
 */
export function globMatcher(patterns: readonly string[]): (path: string) => boolean {
  const rules = patterns.map((pattern) => {
    const isNegative = pattern.startsWith('!');
    return { matches: !isNegative, expression: globExpression(isNegative ? pattern.slice(1) : pattern) };
  });
  return (path) => rules.findLast((rule) => rule.expression.test(path))?.matches ?? false;
}

function globExpression(pattern: string): RegExp {
  const text = pattern.replace(/^\/+/, '');
  let source = '';
  let depth = 0;
  for (let index = 0; index < text.length; index += 1) {
    const rest = text.slice(index);
    const character = text.charAt(index);
    if (rest === '/**') {
      source += '(?:/.*)?';
      break;
    }
    if (rest.startsWith('**/')) {
      source += '(?:.*/)?';
      index += 2;
    } else if (rest.startsWith('**')) {
      source += '.*';
      index += 1;
    } else if (character === '*') source += '[^/]*';
    else if (character === '?') source += '[^/]';
    else if (character === '{') {
      depth += 1;
      source += '(?:';
    } else if (character === '}' && depth > 0) {
      depth -= 1;
      source += ')';
    } else if (character === ',' && depth > 0) source += '|';
    else if (character === '[' && /^\[!?[^\]/]+\]/.test(rest)) {
      const end = rest.indexOf(']');
      source += `[${rest.slice(1, end).replace(/^!/, '^').replaceAll('\\', '\\\\')}]`;
      index += end;
    } else source += character.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  }
  return new RegExp(`^${source}${')'.repeat(depth)}$`, 'u');
}
