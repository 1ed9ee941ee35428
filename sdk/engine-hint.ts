/** What a resource process is not told by Pulumi. */
export interface EngineHint {
  /** Which row is the resource's. */
  readonly urn: string | undefined;
  readonly preview: boolean;
  /** The arguments with a secret value, as `environment.PASSWORD`. */
  readonly secrets: readonly string[];
  /** What the stack configures below `private-image:`, as `registry`. */
  readonly settings: readonly string[];
  /** The option `customTimeouts`, as `{ create: '5m' }`. */
  readonly timeouts: Readonly<Record<string, string>>;
}

/** The input that carries the hint. Check takes it out again: it is in no state. */
export const engineHintKey = '__engine';

/** The hint among the properties that reached a resource process, if it is there. */
export function engineHintOf(properties: Readonly<Record<string, unknown>>): EngineHint | undefined {
  const hint = properties[engineHintKey];
  if (typeof hint !== 'object' || hint === null || !('urn' in hint)) return undefined;
  return {
    urn: String(hint.urn),
    preview: 'preview' in hint && hint.preview === true,
    secrets: 'secrets' in hint && Array.isArray(hint.secrets) ? hint.secrets.map(String) : [],
    settings: 'settings' in hint && Array.isArray(hint.settings) ? hint.settings.map(String) : [],
    timeouts: 'timeouts' in hint ? textsOf(hint.timeouts) : {},
  };
}

function textsOf(value: unknown): Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(Object.entries(value).map(([name, text]: [string, unknown]) => [name, String(text)]));
}

const secondsIn: Readonly<Record<string, number>> = { ns: 1e-9, us: 1e-6, µs: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 };

/** The seconds of a duration as `1h30m`; undefined when it is none. https://pkg.go.dev/time#ParseDuration */
export function secondsOf(duration: string | undefined): number | undefined {
  if (duration === undefined || !/^(?:\d+(?:\.\d*)?(?:ns|us|µs|ms|s|m|h))+$/u.test(duration)) return undefined;
  const parts = duration.matchAll(/(?<amount>[\d.]+)(?<unit>[a-zµ]+)/gu);
  return [...parts].reduce((sum, { groups = {} }) => {
    const { amount, unit = '' } = groups;
    return sum + Number(amount) * (secondsIn[unit] ?? 0);
  }, 0);
}
