import parse from 'spdx-expression-parse';

/** The licence when it is a valid SPDX expression; an index may state anything. */
export function declaredLicense(license: string | undefined): string | undefined {
  if (license === undefined) return undefined;
  try {
    parse(license);
    return license;
  } catch {
    return undefined;
  }
}
