/** Bytes for a person: `3.4 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes / 1000;
  let unit = 0;
  for (; value >= 1000 && unit < units.length - 1; unit += 1) value /= 1000;
  return `${value.toFixed(1)} ${units[unit] ?? ''}`;
}

/** Two numbers of bytes and what is between them, for a person: `61.2 MB → 63.0 MB (+1.8 MB)`. */
export function formatByteChange(before: number, after: number): string {
  const change = `${after < before ? '-' : '+'}${formatBytes(Math.abs(after - before))}`;
  return `${formatBytes(before)} → ${formatBytes(after)} (${change})`;
}
