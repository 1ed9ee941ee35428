import { isDeepStrictEqual } from 'node:util';
import {
  type ConfigurationSources,
  configurationFaults,
  type ResourceSettings,
  readConfiguration,
  settingRows,
} from '../resources/configuration.js';
import type { CheckFailure, Properties, PropertyChange } from '../resources/resource.js';
import { strangeSettings } from '../resources/strange-settings.js';
import { holdsUnknown } from '../resources/unknown.js';
import { unknownValue } from '../resources/wire.js';

/** What settings are completed from. */
export type SettingSurroundings = Pick<ConfigurationSources, 'environment' | 'workingDirectory' | 'home'>;

/** What is wrong with a provider's arguments; those that are not known yet are looked at later. */
export function argumentFaults(args: Properties, surroundings: SettingSurroundings): readonly CheckFailure[] {
  const faults = configurationFaults({ ...surroundings, argumentOf: argumentsOf(args) });
  return [
    ...strangeSettings(Object.keys(args)).map(({ name, reason }) => ({ property: name, reason })),
    ...faults.map(({ name, where, reason }) => ({ property: name, reason: `${where} ${reason}` })),
  ];
}

/** The settings of a provider with these arguments. Throws `configuration/invalid`. */
export function settingsOf(args: Properties, surroundings: SettingSurroundings): ResourceSettings {
  return readConfiguration({ ...surroundings, argumentOf: argumentsOf(args) });
}

/** The arguments that are secret whatever the program says. */
export const secretSettings: readonly string[] = settingRows.filter((row) => row.secret).map((row) => row.name);

/** What differs between the arguments of a provider. None needs a new provider: where a resource lives is its own affair. */
export function argumentChanges(olds: Properties, news: Properties): Readonly<Record<string, PropertyChange>> {
  const names = new Set([...Object.keys(olds), ...Object.keys(news)].filter((name) => !name.startsWith('__')));
  const changed = [...names].filter((name) => !isDeepStrictEqual(olds[name], news[name]));
  return Object.fromEntries(
    changed.map((name): [string, PropertyChange] => {
      const kind = olds[name] === undefined ? 'add' : news[name] === undefined ? 'delete' : 'update';
      return [name, { kind, in: 'inputs' }];
    }),
  );
}

/** Arguments come as texts, as JSON in texts, or as what they are, by the language of the program. */
function argumentsOf(args: Properties): (name: string) => string | undefined {
  return (name) => {
    const value = args[name];
    if (value === undefined || holdsUnknown(value, unknownValue)) return undefined;
    return typeof value === 'string' ? value : JSON.stringify(value);
  };
}
