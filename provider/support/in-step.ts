/** A reader of one source for each of two: a piece is read when both have asked for it, so that never more than one is held. */
export interface InStep<Item> {
  readonly left: AsyncIterable<Item>;
  readonly right: AsyncIterable<Item>;
}

interface Round<Item> {
  readonly result: Promise<IteratorResult<Item, undefined>>;
  readonly settle: (result: Promise<IteratorResult<Item, undefined>>) => void;
  asked: number;
}

/**
 * Two readers of `source`, to be read at the same time by two that know nothing of each other. When one lets go before the end, the other
 * fails with `abandoned()`.
 */
export function inStep<Item>(source: AsyncIterable<Item>, abandoned: () => Error): InStep<Item> {
  const iterator = source[Symbol.asyncIterator]();
  let round = newRound<Item>();
  let isLeft = false;

  function next(): Promise<IteratorResult<Item, undefined>> {
    if (isLeft) return Promise.reject(abandoned());
    const current = round;
    current.asked += 1;
    if (current.asked === 2) {
      round = newRound();
      current.settle(iterator.next().then(withoutValue));
    }
    return current.result;
  }

  async function letGo(): Promise<IteratorResult<Item, undefined>> {
    if (!isLeft) {
      isLeft = true;
      round.settle(Promise.reject(abandoned()));
      await iterator.return?.();
    }
    return { done: true, value: undefined };
  }

  const reader: AsyncIterable<Item> = { [Symbol.asyncIterator]: () => ({ next, return: letGo }) };
  return { left: reader, right: reader };
}

function newRound<Item>(): Round<Item> {
  let settle: Round<Item>['settle'] = () => undefined;
  const result = new Promise<IteratorResult<Item, undefined>>((resolve) => {
    settle = resolve;
  });
  // Who has not asked yet does not hear of a failure, and one that nobody hears of would end the process.
  result.catch(() => undefined);
  return { result, settle, asked: 0 };
}

function withoutValue<Item>(result: IteratorResult<Item>): IteratorResult<Item, undefined> {
  return result.done === true ? { done: true, value: undefined } : { done: false, value: result.value };
}
