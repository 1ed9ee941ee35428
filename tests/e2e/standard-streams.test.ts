/** What becomes of the command line when nobody reads it, or nothing can be written, or its folder has gone. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { capture } from '../setup/run.mjs';

const cli = fileURLToPath(new URL('../../dist/program/private-image.js', import.meta.url));

/** Runs a line of shell in which `private-image` is the program. */
function shell(
  line: string,
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  return capture('bash', ['-c', `private-image() { node "$0" "$@"; }; ${line}`, cli]);
}

describe('the command line', () => {
  it.each(['starters', 'starters --json', 'starters --help'])(
    'ends in silence when nobody reads on: %s',
    async (args) => {
      const { stdout, stderr } = await shell(`private-image ${args} | true; echo "\${PIPESTATUS[0]}"`);
      expect(stderr).toBe('');
      // Whether the reader had gone before anything was written is a matter of luck.
      expect(['0\n', '141\n']).toContain(stdout);
    },
  );

  it('says that its output cannot be written', async () => {
    const { code, stderr } = await shell('private-image starters > /dev/full');
    expect(stderr).toMatch(/^error: standard output cannot be written: ENOSPC.*\n$/u);
    expect(code).toBe(1);
  });

  it('says that the folder it was started in has gone', async () => {
    const { code, stderr } = await shell('cd "$(mktemp -d)" && rmdir "$PWD" && private-image starters');
    expect(stderr).toMatch(/^error: the folder that this program was started in has been deleted.*\n$/u);
    expect(code).toBe(1);
  });
});
