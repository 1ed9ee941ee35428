/** What happened to packages, by name: `+ name version`, `- name version`, `~ name old → new`. */
export function packageChanges(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): readonly string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].sort().flatMap((name) => {
    const [old, now] = [before[name], after[name]];
    if (old === now) return [];
    if (old === undefined) return [`+ ${name} ${now ?? ''}`];
    return [now === undefined ? `- ${name} ${old}` : `~ ${name} ${old} → ${now}`];
  });
}
