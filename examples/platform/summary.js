// @ts-check
/** What a night has changed, read from the states before and after. */

/**
 * @typedef {object} Line
 * @property {string} line
 * @property {string} status
 * @property {string} [version]
 * @property {string} [digest]
 * @property {string} [error]
 * @property {Record<string, string>} packages name to version
 *
 * @typedef {object} Image
 * @property {string} name
 * @property {Line[]} lines
 */

/**
 * The images in a state, as `pulumi stack export` gives it.
 * @param {{ deployment?: any }} state
 * @returns {Image[]}
 */
export function imagesIn({ deployment }) {
  /** @type {any[]} */
  const resources = deployment?.resources ?? [];
  return resources
    .filter(({ type }) => type.endsWith(':PrivateImage'))
    .map(({ outputs = {} }) => ({
      name: outputs.name,
      lines: (outputs.lines ?? []).map((/** @type {any} */ line) => ({
        ...line,
        packages: outputs.plan?.lines?.[line.line]?.packages ?? {},
      })),
    }));
}

/**
 * One row for each line that changed, with its packages; one in all when nothing did.
 * @param {Image[]} before
 * @param {Image[]} after
 * @returns {string[]}
 */
export function summaryOf(before, after) {
  const rows = after.flatMap((image) => {
    const old = before.find(({ name }) => name === image.name);
    return image.lines.flatMap((line) =>
      rowsOf(
        image.name,
        old?.lines.find((one) => one.line === line.line),
        line,
      ),
    );
  });
  const gone = before.filter(({ name }) => !after.some((image) => image.name === name));
  rows.push(...gone.map(({ name }) => `- ${name}: removed`));
  return rows.length === 0 ? ['nothing changed'] : rows;
}

/**
 * @param {string} name
 * @param {Line | undefined} old
 * @param {Line} line
 */
function rowsOf(name, old, line) {
  const title = `${name} ${line.line}`;
  if (line.status !== 'built') return [`! ${title}: ${line.status}: ${line.error ?? 'no reason is known'}`];
  if (old?.digest === line.digest) return [];
  if (old?.digest === undefined) return [`+ ${title}: ${line.version} ${line.digest}`];
  const version = old.version === line.version ? line.version : `${old.version} → ${line.version}`;
  return [`~ ${title}: ${version} ${line.digest}`, ...packageRows(old.packages, line.packages)];
}

/**
 * @param {Record<string, string>} before
 * @param {Record<string, string>} after
 */
function packageRows(before, after) {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names
    .filter((name) => before[name] !== after[name])
    .map((name) => `    ${name} ${before[name] ?? 'new'} → ${after[name] ?? 'gone'}`);
}
