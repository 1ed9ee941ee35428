import { describe, expect, it } from 'vitest';
import { inStep } from './in-step.js';

const abandoned = new Error('abandoned');

async function* counting(end: number, seen: number[]): AsyncGenerator<number> {
  for (let number = 0; number < end; number += 1) {
    seen.push(number);
    yield number;
  }
}

async function all(source: AsyncIterable<number>): Promise<readonly number[]> {
  const items: number[] = [];
  for await (const item of source) items.push(item);
  return items;
}

describe('inStep', () => {
  it.each([0, 1, 5])('gives both readers all of %i items', async (count) => {
    const { left, right } = inStep(counting(count, []), () => abandoned);
    const expected = Array.from({ length: count }, (_, index) => index);
    expect(await Promise.all([all(left), all(right)])).toEqual([expected, expected]);
  });

  it('reads no further than what both have asked for', async () => {
    const seen: number[] = [];
    const { left, right } = inStep(counting(10, seen), () => abandoned);
    const [one, other] = [left[Symbol.asyncIterator](), right[Symbol.asyncIterator]()];
    const ahead = one.next();
    expect(seen).toEqual([]);
    await other.next();
    expect([await ahead, seen]).toEqual([{ done: false, value: 0 }, [0]]);
  });

  it('fails the one when the other lets go, and ends the source', async () => {
    const seen: number[] = [];
    const { left, right } = inStep(counting(1000, seen), () => abandoned);
    async function first(): Promise<void> {
      for await (const item of right) if (item === 2) return;
    }
    const [rest] = await Promise.allSettled([all(left), first()]);
    expect(rest).toMatchObject({ status: 'rejected', reason: abandoned });
    expect(seen.length).toBeLessThan(6);
  });

  it('gives both the failure of the source', async () => {
    const failure = new Error('unreadable');
    async function* failing(): AsyncGenerator<number> {
      yield* counting(1, []);
      throw failure;
    }
    const { left, right } = inStep(failing(), () => abandoned);
    const outcomes = await Promise.allSettled([all(left), all(right)]);
    expect(outcomes.map((outcome) => outcome.status === 'rejected' && (outcome.reason as unknown))).toEqual([
      failure,
      failure,
    ]);
  });
});
