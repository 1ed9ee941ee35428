// @ts-check
/** Marks that a measured process sets: how far it was after how many milliseconds since it was started. */

/** @typedef {{ name: string, wall: number, cpu: number }} Mark */

/** Marks from the start of this process on. */
export function startMarks() {
  /** @type {Mark[]} */
  const marks = [];
  return {
    marks,
    /** @param {string} name */
    set(name) {
      marks.push({ name, ...now() });
    },
    /**
     * Runs `work`, and marks how long it took by itself.
     * @template Value
     * @param {string} name
     * @param {() => Promise<Value> | Value} work
     */
    async time(name, work) {
      const before = now();
      const value = await work();
      const after = now();
      marks.push({ name, wall: after.wall - before.wall, cpu: after.cpu - before.cpu });
      return value;
    },
  };
}

/**
 * The marks that a measured process printed as its last line.
 * @param {string} stdout
 * @returns {{ marks: readonly Mark[], facts: Readonly<Record<string, string>> }}
 */
export function readMarks(stdout) {
  /** @type {{ marks: readonly Mark[], facts: Readonly<Record<string, string>> }} */
  const printed = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  return printed;
}

function now() {
  const { user, system } = process.cpuUsage();
  return { wall: performance.now(), cpu: (user + system) / 1000 };
}
