import { PrivateImageError } from '../support/errors.js';

/** What can be wrong with a catalog. */
export type CatalogErrorCode =
  | 'catalog/unreadable'
  | 'catalog/malformed'
  | 'catalog/untrusted-key'
  | 'catalog/unknown-distribution'
  | 'catalog/unknown-starter'
  | 'catalog/unknown-suite';

/** One thing that is wrong in one file. */
export interface Fault {
  /** The file, as it was given. */
  readonly file: string;
  /** Where in the file, as `accounts.users[0].uid`; empty for the file as a whole. */
  readonly path: string;
  /** Line number from 1, where it is known. */
  readonly line: number | undefined;
  readonly message: string;
}

/** A `catalog/malformed` error that names every fault; `data.faults` has them as data. */
export function malformed(faults: readonly Fault[]): PrivateImageError<CatalogErrorCode> {
  const files = [...new Set(faults.map((fault) => fault.file))];
  const subject = files.length === 1 && files[0] !== undefined ? files[0] : `${files.length} files of the catalog`;
  const list = faults.map((fault) => `\n  ${faultText(fault)}`).join('');
  return new PrivateImageError<CatalogErrorCode>('catalog/malformed', `Not a valid catalog: ${subject}${list}`, {
    hint: 'Correct every place that is named; the form of the files is that of the starters that come with the package.',
    data: { faults },
  });
}

/** As `python.yaml:12: accounts.users[0].uid: expected a number`. */
function faultText(fault: Fault): string {
  const place = fault.line === undefined ? fault.file : `${fault.file}:${fault.line}`;
  return fault.path === '' ? `${place}: ${fault.message}` : `${place}: ${fault.path}: ${fault.message}`;
}

/** The error for a file or folder that cannot be read. */
export function unreadable(path: string, cause: unknown): PrivateImageError<CatalogErrorCode> {
  return new PrivateImageError<CatalogErrorCode>('catalog/unreadable', `${path} cannot be read`, {
    hint: 'Check that it exists and may be read.',
    cause,
    data: { path },
  });
}
