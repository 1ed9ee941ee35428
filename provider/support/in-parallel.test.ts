import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inParallel } from './in-parallel.js';

/** Waits so many turns of the event loop. */
async function after(turns: number): Promise<void> {
  for (let passed = 0; passed < turns; passed += 1) await turn();
}

describe('inParallel', () => {
  it('gives the results in the order of the items, with no more in work than allowed', async () => {
    const property = fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 12 }),
      fc.integer({ min: 1, max: 4 }),
      async (turns, most) => {
        let inWork = 0;
        let peak = 0;
        const results = await inParallel(
          turns.map((wait, position) => ({ wait, position })),
          async ({ wait, position }) => {
            inWork += 1;
            peak = Math.max(peak, inWork);
            await after(wait);
            inWork -= 1;
            return position;
          },
          most,
        );
        expect(results).toEqual(turns.map((_, position) => position));
        expect(peak).toBe(Math.min(most, turns.length));
      },
    );
    await fc.assert(property, { numRuns: 50 });
  });

  it('begins nothing after a failure, and is at rest when it throws', async () => {
    const log: string[] = [];
    const working = inParallel(
      ['slow', 'bad', 'worse', 'never'],
      async (item) => {
        log.push(`+ ${item}`);
        await after(item === 'bad' ? 1 : 5);
        log.push(`- ${item}`);
        if (item !== 'slow') throw new Error(item);
      },
      3,
    );
    await expect(working).rejects.toThrow('bad');
    expect(log.slice().sort()).toEqual(['+ bad', '+ slow', '+ worse', '- bad', '- slow', '- worse']);
  });

  it('takes work that throws before it gives a promise for work that fails', async () => {
    const failing = inParallel([1, 2], () => {
      throw new Error('at once');
    });
    await expect(failing).rejects.toThrow('at once');
  });
});
