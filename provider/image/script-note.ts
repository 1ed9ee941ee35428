import type { ScriptNote, Segment } from './segment.js';
import { scriptLines } from './unrolled-script.js';
import { withoutUpgradeParts } from './upgrade-parts.js';

/** A longer script is told by its beginning. */
const mostStatements = 20;
const mostCharacters = 200;

/** Sections of debhelper that do something for a running machine, or that have no meaning in an image; not those that write settings. */
const generatedSection =
  /^# Automatically added by (?!dh_(?:ucf|apache2|installcatalogs|installxmlcatalogs)\b)dh[\s\S]*?^# End automatically added section.*$/gm;

/** Statements that are form, or that have no meaning in an image: what remains of them is done by nobody, and missed by nobody. */
const formal: readonly RegExp[] = [
  /^(?:then|else|fi|do|done|esac|;;|\{|\}|:|true|shift)(?:\s*;;)?$/,
  /^set\s+[-+][a-z]+$/,
  /^exit(?:\s+0|\s+\$\?)?(?:\s*;;)?$/,
  /^return(?:\s+\d+)?$/,
  // for name in one two; do
  /^for\s+\w+\s+in\s[^`();]*(?:;\s*do)?$/,
  // What is taken away is not there in an image, and nothing has to be compiled for Python.
  /^(?:rm|rmdir|umask|py3compile|py3clean)\s/,
  /^(?:if\s+)?update-alternatives\s+(?:--quiet\s+)?--(?:auto|list|query|remove|remove-all)\s/,
  /^dpkg-divert\s(?=.*--remove\b)/,
  // case "$1" in · configure|reconfigure) · abort-*) ;;
  /^case\s.*\sin$/,
  /^\(?\s*["']?[\w*?|"'\-\s]+\)(?:\s*(?::|exit 0))?(?:\s*;;)?$/,
  // if [ "$1" = configure ]; then
  /^(?:el)?if\s+\[.*\]\s*;?\s*(?:then)?$/,
  /^(?:el)?if\s+(?:!\s+)?(?:test|dpkg\s+--compare-versions)\s[^;]*(?:;\s*then)?$/,
  /^\w+\s*\(\)\s*\{?$/,
  /^(?:local\s+|export\s+)?\w+=(?:"(?:[^"$`]|\$\{?\w)*"|'[^']*'|(?:[\w./:-]|\$\{?\w|\})*)$/,
  /^(?:local|unset|export)(?:\s+\w+)+(?:\s+\|\|\s+true)?$/,
  /^(?:echo|printf)\s(?!.*>\s*\/)/,
  /^(?:if\s+)?(?:command -v|which)\s/,
  /dpkg-maintscript-helper\s/,
  /^\.\s+\/usr\/share\/debconf\/confmodule$/,
  /^db_(?:stop|purge|version)\b/,
  // Users are made of what sysusers.d says.
  /^systemd-sysusers\s/,
  // The cache of the dynamic linker is written by us, or not needed.
  /^(?:if\s.*;\s*then\s+)?(?:\/sbin\/|\/usr\/sbin\/)?ldconfig\b/,
];

/**
 * What the install scripts of a package do that is neither generated and of no meaning here, nor for upgrades, nor mere form, as a part of
 * its segment. `scripts` are names with texts; `done` are lines of theirs that are done.
 */
export function scriptNotes(
  scripts: readonly (readonly [string, string])[],
  done: ReadonlySet<string> = new Set(),
): Pick<Segment, 'scripts'> {
  const notes = scripts.flatMap(([name, text]): readonly ScriptNote[] => {
    const statements = statementsOf(text, done);
    return statements.length === 0 ? [] : [{ name, statements }];
  });
  return notes.length === 0 ? {} : { scripts: notes };
}

function statementsOf(text: string, done: ReadonlySet<string>): readonly string[] {
  return withoutUpgradeParts(scriptLines(text.replaceAll('\r', '').replaceAll(generatedSection, '')))
    .filter((line) => !done.has(line) && !formal.some((pattern) => pattern.test(line)))
    .slice(0, mostStatements)
    .map((line) => line.slice(0, mostCharacters));
}
