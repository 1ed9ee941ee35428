import { describeError, isPrivateImageError, PrivateImageError } from '../support/errors.js';

export type RequestFaultsErrorCode = 'image/several-faults';

/** Gathers what is wrong with a request, so that all of it is told at once. */
export interface RequestFaults {
  /** What `work` gives; undefined when it finds a fault, which is kept. A cache that needs mending is no fault of a request, and thrown. */
  gather<Result>(work: () => Result | Promise<Result>): Promise<Result | undefined>;
  /** What was found: one fault as it is, several as `image/several-faults`, which `faultsIn` takes apart again; undefined when nothing was. */
  all(): PrivateImageError | undefined;
}

/** Begins with none. */
export function openRequestFaults(): RequestFaults {
  const faults: PrivateImageError[] = [];
  return {
    gather: async (work) => {
      try {
        return await work();
      } catch (error) {
        if (!isPrivateImageError(error) || error.code.startsWith('store/')) throw error;
        faults.push(error);
        return undefined;
      }
    },
    all: () => {
      const [first, ...others] = faults;
      if (others.length === 0) return first;
      return new PrivateImageError<RequestFaultsErrorCode>(
        'image/several-faults',
        faults.map((fault) => describeError(fault)).join('\n'),
        { cause: new AggregateError(faults) },
      );
    },
  };
}

/** The errors that `image/several-faults` was made of; any other by itself. */
export function faultsIn(error: unknown): readonly unknown[] {
  if (!isPrivateImageError(error, 'image/several-faults')) return [error];
  return error.cause instanceof AggregateError ? (error.cause.errors as readonly unknown[]) : [error];
}
