/** Most files in one bundle. */
export const mostFiles = 20;
/** Most bytes in one file: 1 MB. */
export const mostBytes = 1024 * 1024;
/** Most bytes of an archive with that many files, packed or unpacked: what stands beside their contents is small. */
export const mostArchiveBytes = (mostFiles + 4) * mostBytes;
