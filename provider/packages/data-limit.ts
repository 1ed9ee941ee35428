/** More than any package has inflated, in bytes: whatever it says of itself, here it ends. */
export const longestData = 16 * 1024 ** 3;

/**
 * Bytes that the data of a package may inflate to that says it takes `installedSize` when installed: so many times as much, and
 * `slack` for small ones, whose headers and blocks count for more than their content. Nothing honest exceeds it; a bomb exceeds it
 * early, or says that it is one.
 */
export function dataLimit(installedSize: number, times: number, slack: number): number {
  return Math.min(installedSize * times + slack, longestData);
}
