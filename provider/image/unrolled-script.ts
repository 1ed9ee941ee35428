/** A line of a script, with what it says each time that it is run. */
export interface UnrolledLine {
  /** As it is written, with spaces squeezed. */
  readonly written: string;
  /** With the variables filled in whose values the script itself states; the others stay as they are written. */
  readonly run: readonly string[];
}

/** A script that says more than this is no install script: loops within loops cost it nothing. */
const mostRuns = 5000;
const longestValue = 4000;

const assignment = /^(?:local\s+|export\s+|readonly\s+)?(\w+)=("[^"]*"|'[^']*'|[^\s"'`;&|()]*);?$/;
const loopHead = /^for\s+(\w+)\s+in\s+([^;]*?)\s*(?:;\s*(do))?$/;

/** The lines of a shell script without comments, those that are continued as one, trimmed and with spaces squeezed. */
export function scriptLines(script: string): readonly string[] {
  return script
    .replaceAll('\r', '')
    .replaceAll(/\\\n|(?<=&&|\|\||[^|]\|)[ \t]*\n/g, ' ')
    .split('\n')
    .map((line) =>
      line
        .replace(/^\s*#.*|\s#\s.*$/, '')
        .trim()
        .replaceAll(/\s+/g, ' '),
    )
    .filter((line) => line !== '');
}

/**
 * What a script says when it is read as a shell reads it, without running anything: constants are filled in, and loops over stated words
 * are gone through. Conditions are not judged: all that could be run is told. A value that only a command could tell leaves the one that was
 * stated before.
 */
export function unrolledScript(lines: readonly string[]): readonly UnrolledLine[] {
  const values = new Map<string, string>();
  const runs = new Map<string, string[]>();
  let count = 0;

  function goThrough(from: number, end: number): void {
    for (let at = from; at < end && count < mostRuns; at += 1) {
      const line = lines[at] ?? '';
      const loop = loopHead.exec(line);
      if (loop !== null) {
        const body = loop[3] === undefined && lines[at + 1] === 'do' ? at + 2 : at + 1;
        const done = endOfLoop(lines, body, end);
        for (const word of wordsOf(filled(loop[2] ?? '', values))) {
          values.set(loop[1] ?? '', word);
          goThrough(body, done);
        }
        values.delete(loop[1] ?? '');
        at = done;
      } else if (!assign(line)) {
        count += 1;
        runs.set(line, [...(runs.get(line) ?? []), filled(line, values)]);
      }
    }
  }

  function assign(line: string): boolean {
    const [, name, stated = ''] = assignment.exec(line) ?? [];
    if (name === undefined) {
      for (const gone of /^unset((?: \w+)+)/.exec(line)?.[1]?.trim().split(' ') ?? []) values.set(gone, '');
      return false;
    }
    const value = stated.startsWith("'") ? stated.slice(1, -1) : filled(stated.replace(/^"(.*)"$/, '$1'), values);
    if (value.length <= longestValue && (stated.startsWith("'") || !/[$`]/.test(value))) values.set(name, value);
    return true;
  }

  goThrough(0, lines.length);
  return [...runs].map(([written, run]) => ({ written, run }));
}

/** Where the loop ends whose body begins at `from`. */
function endOfLoop(lines: readonly string[], from: number, end: number): number {
  let depth = 0;
  for (let at = from; at < end; at += 1) {
    const line = lines[at] ?? '';
    if (/^(?:for|while|until)\s/.test(line) && !/\bdone\b/.test(line)) depth += 1;
    if (!/^done\b/.test(line)) continue;
    if (depth === 0) return at;
    depth -= 1;
  }
  return end;
}

/** The words of a loop; none when something has to be run to know them. */
function wordsOf(text: string): readonly string[] {
  if (/[$`*?]/.test(text)) return [];
  return text
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => word.replace(/^(["'])(.*)\1$/, '$2'));
}

function filled(text: string, values: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\$(?:\{(\w+)\}|(\w+))/g, (written, braced?: string, plain?: string) => {
    return values.get(braced ?? plain ?? '') ?? written;
  });
}
