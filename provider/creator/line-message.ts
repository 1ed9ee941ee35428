/**
 * What is said of a line, with the line named once: reasons of planning begin with where they hold, as `php 8.2 (bookworm, amd64): …`, and
 * others do not. `saying` stands between the line and the reason: `php 8.2 (bookworm, amd64): cannot be built: there is no …`.
 */
export function lineMessage(starter: string, line: string, reason: string, saying?: string): string {
  const name = `${starter} ${line}`;
  const [own = '', place = ''] = reason.startsWith(name)
    ? (/^(?<place> \([^)]*\))?(?: dev)?: /u.exec(reason.slice(name.length)) ?? [])
    : [];
  const rest = own === '' ? reason : reason.slice(name.length + own.length);
  return [`${name}${place}`, ...(saying === undefined ? [] : [saying]), rest].join(': ');
}
