import type { ScriptNote, Segment } from './segment.js';

/** A longer script is told by its beginning. */
const mostStatements = 20;
const mostCharacters = 200;

const generatedSection = /^# Automatically added by dh[\s\S]*?^# End automatically added section.*$/gm;

/** Statements that are form, or that have no meaning in an image: what remains of them is done by nobody, and missed by nobody. */
const formal: readonly RegExp[] = [
  /^(?:then|else|fi|do|done|esac|;;|\{|\}|:|true|shift)(?:\s*;;)?$/,
  /^set\s+[-+][a-z]+$/,
  /^exit(?:\s+0|\s+\$\?)?(?:\s*;;)?$/,
  /^return(?:\s+0)?$/,
  // case "$1" in · configure|reconfigure) · abort-*) ;;
  /^case\s.*\sin$/,
  /^\(?\s*["']?[\w*?|"'\-\s]+\)(?:\s*(?::|exit 0))?(?:\s*;;)?$/,
  // if [ "$1" = configure ]; then
  /^(?:el)?if\s+\[.*\]\s*;?\s*(?:then)?$/,
  /^\w+\(\)\s*\{?$/,
  /^(?:local\s+)?\w+=(?:"[^"$`]*"|'[^']*'|[\w./-]*)$/,
  /^(?:echo|printf)\s(?!.*>\s*\/)/,
  /^(?:if\s+)?(?:command -v|which)\s/,
  /dpkg-maintscript-helper\s/,
  /^\.\s+\/usr\/share\/debconf\/confmodule$/,
  /^db_(?:stop|purge|version)\b/,
  // The cache of the dynamic linker is written by us, or not needed.
  /^(?:if\s.*;\s*then\s+)?(?:\/sbin\/|\/usr\/sbin\/)?ldconfig\b/,
];

/**
 * What the install scripts of a package do that neither debhelper generated nor is mere form, as a part of its segment. `scripts` are
 * names with texts.
 */
export function scriptNotes(scripts: readonly (readonly [string, string])[]): Pick<Segment, 'scripts'> {
  const notes = scripts.flatMap(([name, text]): readonly ScriptNote[] => {
    const statements = statementsOf(text);
    return statements.length === 0 ? [] : [{ name, statements }];
  });
  return notes.length === 0 ? {} : { scripts: notes };
}

function statementsOf(text: string): readonly string[] {
  return text
    .replaceAll('\r', '')
    .replaceAll(generatedSection, '')
    .replaceAll('\\\n', ' ')
    .split('\n')
    .map((line) =>
      line
        .replace(/^\s*#.*|\s#\s.*$/, '')
        .trim()
        .replaceAll(/\s+/g, ' '),
    )
    .filter((line) => line !== '' && !formal.some((pattern) => pattern.test(line)))
    .slice(0, mostStatements)
    .map((line) => line.slice(0, mostCharacters));
}
