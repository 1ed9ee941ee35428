import { describe, expect, it } from 'vitest';
import { withDeadline } from './deadline.js';

const never = (): Promise<never> => new Promise(() => undefined);
const open = { what: 'To build web', signal: new AbortController().signal, seconds: undefined };

describe('withDeadline', () => {
  it.each([undefined, 0, 60])('gives what work gives when it has %s seconds', async (seconds) => {
    expect(await withDeadline({ ...open, seconds }, () => Promise.resolve(1))).toBe(1);
    await expect(withDeadline({ ...open, seconds }, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  });

  it('does not wait for work that takes too long', async () => {
    let seen: AbortSignal | undefined;
    const late = withDeadline({ ...open, seconds: 0.01 }, (signal) => {
      seen = signal;
      return never();
    });
    await expect(late).rejects.toMatchObject({
      code: 'resource/timed-out',
      message: 'To build web took longer than 0.01 s',
    });
    expect(seen?.aborted).toBe(true);
  });

  it('does not wait for work that is cancelled, and begins none afterwards', async () => {
    const stop = new AbortController();
    const cancelled = withDeadline({ ...open, signal: stop.signal }, never);
    stop.abort();
    await expect(cancelled).rejects.toMatchObject({ code: 'resource/cancelled' });
    let begun = false;
    const later = withDeadline({ ...open, signal: stop.signal }, async () => {
      begun = true;
    });
    await expect(later).rejects.toMatchObject({ code: 'resource/cancelled' });
    expect(begun).toBe(false);
  });

  it('says that it was stopped whatever work says of it', async () => {
    const failing = withDeadline(
      { ...open, seconds: 0.01 },
      (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('torn')))),
    );
    await expect(failing).rejects.toMatchObject({ code: 'resource/timed-out' });
  });
});
