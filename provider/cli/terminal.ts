/** The outside world of the command line, by argument. */
export interface Terminal {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Absolute. */
  readonly workingDirectory: string;
  /** The user's home folder, absolute. */
  readonly home: string;
  readonly clock: () => Date;
  readonly signal: AbortSignal;
  /** Standard output: results alone. */
  readonly write: (text: string) => void;
  /** Standard error: progress, warnings and errors. */
  readonly writeError: (text: string) => void;
  /** Whether standard error is watched by a person. */
  readonly isTerminal: boolean;
}

/** What the process ends with. Other tools rely on these. */
export const exitCodes = {
  done: 0,
  /** No solution, or something failed. */
  failed: 1,
  /** Wrong usage. */
  usage: 2,
  /** A repository could not be read or trusted. */
  repository: 3,
  /** By an interrupt, as shells count it: 128 and the number of the signal. */
  stopped: 130,
  /** Whoever read standard output reads no more: 128 and the number of the signal that others get. */
  unread: 141,
} as const;

/** Rows as text in columns, two spaces between; the last column is not padded. */
export function inColumns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  }
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return lines.map((line) => `${line}\n`).join('');
}
