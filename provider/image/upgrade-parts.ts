/** `"$2"` is the version that was there before, if there was one. */
const formerVersion = String.raw`["']?\$\{?2(?::?-)?\}?["']?`;
/** Conditions that hold in an upgrade alone; the comparisons `lt-nl` and `le-nl` are false where nothing was there before. */
const upgradeOnly: readonly RegExp[] = [
  /(?:\[|\btest)\s+["']?x?\$\{?1\}?["']?\s+==?\s+["']?x?(?:upgrade|abort-[a-z]+|remove|deconfigure)["']?/,
  new RegExp(
    String.raw`(?:\[|\btest)\s+(?:-n\s+${formerVersion}|!\s+-z\s+${formerVersion}|["']x?\$\{?2\}?["']\s+!=\s+["']x?["'])`,
  ),
  new RegExp(String.raw`(?:\[|\btest)\s+${formerVersion}\s+\]`),
  /--compare-versions\s+\S+\s+(?:lt|le)-nl\s/,
];
/** Reasons for which dpkg runs a script, none of which is the first installation. */
const otherReason =
  /^\(?\s*["']?(?:upgrade|remove|purge|deconfigure|disappear|failed-upgrade|abort-[a-z*]+)["']?(?:\s*\|\s*["']?(?:upgrade|remove|purge|deconfigure|disappear|failed-upgrade|abort-[a-z*]+)["']?)*\s*\)/;

/** How a part of a script ends that is run under a condition. */
interface PartEnd {
  readonly opens: RegExp;
  readonly closes: RegExp;
  /** What ends the part before the whole is closed. */
  readonly ends: RegExp;
  /** Whether the line that ends it belongs to it. */
  readonly isOwn: boolean;
}

const branch: PartEnd = { opens: /^if\s(?!.*\bfi\b)/, closes: /^fi\b/, ends: /^(?:else|elif)\b/, isOwn: false };
const arm: PartEnd = { opens: /^case\s(?!.*\besac\b)/, closes: /^esac\b/, ends: /;;$/, isOwn: true };

/**
 * The lines of an install script without what is run only when another version was there before, or when something failed: an image has
 * everything installed for the first time.
 */
export function withoutUpgradeParts(lines: readonly string[]): readonly string[] {
  const kept: string[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const condition = /^(?:el)?if\s(.*?)(?:;\s*then\b.*)?$/.exec(line)?.[1];
    const isShort = /^(?:\[|test\s)/.test(line) && line.includes('&&');
    if (condition !== undefined && isUpgradeOnly(condition))
      at = /\bfi$/.test(line) ? at : endOfPart(lines, at, branch);
    else if (otherReason.test(line)) at = line.endsWith(';;') ? at : endOfPart(lines, at, arm);
    else if (!(isShort && isUpgradeOnly(line))) kept.push(line);
  }
  return kept;
}

function isUpgradeOnly(condition: string): boolean {
  return (
    !condition.includes('||') && !condition.startsWith('!') && upgradeOnly.some((pattern) => pattern.test(condition))
  );
}

/** The last line of the part that begins at `from`. */
function endOfPart(lines: readonly string[], from: number, { opens, closes, ends, isOwn }: PartEnd): number {
  let depth = 0;
  for (let at = from + 1; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    if (depth === 0 && closes.test(line)) return at - 1;
    if (depth === 0 && ends.test(line)) return isOwn ? at : at - 1;
    if (opens.test(line)) depth += 1;
    else if (closes.test(line)) depth -= 1;
  }
  return lines.length;
}
