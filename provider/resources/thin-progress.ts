import type { ResourceMessage } from './resource.js';

/** Least milliseconds between a message in a row and the next step in it. */
const interval = 3000;

/**
 * Passes messages on to `tell`, and of the steps among them at most one every three seconds and row: enough for who watches, and a log
 * without a terminal, which keeps each of them, stays readable. What begins, what is kept, and rows beside one another are never held back.
 */
export function thinProgress(
  tell: (urn: string | undefined, message: ResourceMessage) => void,
  clock: () => Date,
): (urn: string | undefined, message: ResourceMessage) => void {
  const last = new Map<string | undefined, { readonly time: number; readonly message: string }>();
  return (urn, message) => {
    if (message.kind === 'status') {
      const before = last.get(urn);
      const time = clock().getTime();
      // A clock that was set back is as good as one that went on.
      const isEarly = before !== undefined && Math.abs(time - before.time) < interval;
      if (before?.message === message.message || (message.isStep === true && isEarly)) return;
      last.set(urn, { time, message: message.message });
    }
    tell(urn, message);
  };
}
