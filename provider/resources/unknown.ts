/** True when `value` is, or holds at any depth, the text that stands for a value which is not computed yet. */
export function holdsUnknown(value: unknown, unknown: string): boolean {
  if (value === unknown) return true;
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some((inner) => holdsUnknown(inner, unknown));
}

/** `value` without list items and properties that are unknown; itself undefined when it is unknown. */
export function withoutUnknown(value: unknown, unknown: string): unknown {
  if (value === unknown) return undefined;
  if (Array.isArray(value))
    return value.filter((item) => item !== unknown).map((item) => withoutUnknown(item, unknown));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== unknown)
      .map(([key, inner]) => [key, withoutUnknown(inner, unknown)]),
  );
}

/** `value` without properties that are `undefined`, which no wire format knows. */
export function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .map(([key, inner]) => [key, withoutUndefined(inner)]),
  );
}
