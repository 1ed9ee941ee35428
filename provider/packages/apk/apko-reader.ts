import { readApkoConstraint } from './apko-constraint.js';
import type { ApkoConstraint } from './apko-constraint.js';
import { readApkoVersion } from './apko-version.js';
import type { ApkoVersion } from './apko-version.js';

/** Reads atoms and versions as apko does, each text once: a search comes upon the same few thousand again and again. */
export interface ApkoReader {
  readonly constraint: (text: string) => ApkoConstraint;
  /** Undefined for what apko would not read. */
  readonly version: (text: string) => ApkoVersion | undefined;
}

/** A reader that has read nothing yet. */
export function apkoReader(): ApkoReader {
  return { constraint: remembering(readApkoConstraint), version: remembering(readApkoVersion) };
}

function remembering<Value>(read: (text: string) => Value): (text: string) => Value {
  const known = new Map<string, Value>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const value = read(text);
    known.set(text, value);
    return value;
  };
}
