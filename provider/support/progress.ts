/** What is happening now, for a person to watch. Progress is never kept; warnings are. */
export interface Progress {
  readonly kind: 'status' | 'warning';
  /** One short line, as `fetching packages 12/48` or `building php 8.4 arm64`. */
  readonly message: string;
  /** True for one of many steps of what was begun: whoever shows progress may leave it out. */
  readonly isStep?: boolean;
}

/** Takes progress as it happens. Must not throw. */
export type Report = (progress: Progress) => void;

/** Takes progress and does nothing with it. */
export const silent: Report = () => undefined;
