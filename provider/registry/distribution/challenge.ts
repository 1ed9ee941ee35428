/** What a server asks for in `WWW-Authenticate` (https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1). */
export interface Challenge {
  /** In lower case: `basic`, `bearer`. */
  readonly scheme: string;
  /** Names in lower case. */
  readonly parameters: Readonly<Record<string, string>>;
}

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+/u;
const quoted = /^"((?:[^"\\]|\\.)*)"/su;

/** The challenges of one header, which may hold several, in their order. What is not well formed ends the list. */
export function parseChallenges(header: string): readonly Challenge[] {
  const challenges: { scheme: string; parameters: Record<string, string> }[] = [];
  let rest = header;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    const match = pattern.exec(rest);
    if (match !== null) rest = rest.slice(match[0].length);
    return match;
  };
  for (;;) {
    take(/^[\s,]+/u);
    const name = take(token)?.[0];
    if (name === undefined) return challenges;
    const current = challenges.at(-1);
    if (current !== undefined && take(/^\s*=\s*/u) !== null) {
      const value = take(quoted)?.[1]?.replace(/\\(.)/gsu, '$1') ?? take(token)?.[0];
      if (value === undefined) return challenges;
      current.parameters[name.toLowerCase()] = value;
      continue;
    }
    challenges.push({ scheme: name.toLowerCase(), parameters: Object.create(null) as Record<string, string> });
    // The old form of a challenge: one piece of base64 instead of parameters.
    if (/^ +[A-Za-z0-9._~+/-]+=*\s*(?:,|$)/u.test(rest)) take(/^ +[A-Za-z0-9._~+/-]+=*/u);
  }
}
