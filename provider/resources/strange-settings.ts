import { nearestNames } from '../packages/spelling.js';
import { settingRows } from './configuration.js';

/** What the engine passes on with the settings of a provider. */
const ofTheEngine = ['version', 'pluginDownloadURL'];

/** A name where a setting is expected, which is none. */
export interface StrangeSetting {
  readonly name: string;
  /** As the end of a sentence that begins with where it was written. */
  readonly reason: string;
}

/** Those of `names` that name no setting: what is misspelt would be ignored in silence. */
export function strangeSettings(names: readonly string[]): readonly StrangeSetting[] {
  const known = settingRows.map((row) => row.name);
  return names
    .filter((name) => !known.includes(name) && !ofTheEngine.includes(name) && !name.startsWith('__'))
    .map((name) => ({ name, reason: `there is no such setting${question(nearestNames(name, known, 1))}` }));
}

/**
 * A sentence for each variable that is spelt almost as that of a setting. Others that begin with `PRIVATE_IMAGE_` may be a user's own.
 */
export function strangeVariables(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  const known = settingRows.map((row) => row.variable);
  return Object.keys(environment)
    .filter((name) => name.startsWith(prefix) && !known.includes(name) && (environment[name] ?? '') !== '')
    .flatMap((name) => {
      const names = known.map((variable) => variable.slice(prefix.length));
      const nearest = nearestNames(name.slice(prefix.length), names, 1).map((rest) => `${prefix}${rest}`);
      return nearest.length === 0 ? [] : [`${name} is ignored: there is no such setting${question(nearest)}`];
    });
}

const prefix = 'PRIVATE_IMAGE_';

function question([nearest]: readonly string[]): string {
  return nearest === undefined ? '' : `; did you mean ${nearest}?`;
}
