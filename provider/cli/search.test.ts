import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSmallWorld, type SmallWorld } from '../../tests/fixtures/small-world.js';
import { runProgram } from './program.js';

describe('private-image search', () => {
  let world: SmallWorld;
  beforeAll(async () => {
    world = await openSmallWorld();
  });
  afterAll(() => world.close());

  async function run(...args: string[]): Promise<{ code: number; out: string; error: string }> {
    let out = '';
    let error = '';
    const code = await runProgram(['search', ...args], {
      environment: world.environment(),
      workingDirectory: world.folder,
      home: world.folder,
      clock: () => world.now,
      signal: new AbortController().signal,
      write: (text) => (out += text),
      writeError: (text) => (error += text),
      isTerminal: false,
    });
    return { code, out, error };
  }

  it('prints a row for a family and one for its auto package', async () => {
    const { code, out } = await run('curl');
    const rows = out
      .trimEnd()
      .split('\n')
      .map((row) => row.split(/ {2,}/u));
    expect(code).toBe(0);
    expect(rows.map(([name, kind]) => [name, kind])).toEqual([
      ['NAME', 'KIND'],
      ['php-curl', 'family'],
      ['php-curl-auto', 'auto'],
    ]);
    expect(rows[1]?.[2]).toBe('php8.2-curl=8.2.29 php8.4-curl=8.4.12');
  });

  it('prints JSON whose keys stay', async () => {
    const { out } = await run('jq', '--json', '--limit', '1');
    const found = JSON.parse(out) as Record<string, unknown>[];
    expect(found.map((one) => Object.keys(one))).toEqual([['kind', 'name', 'description', 'versions']]);
    expect(found).toMatchObject([{ kind: 'package', name: 'jq', versions: [{ version: '1.6' }, { version: '1.7' }] }]);
  });

  it('says how many more there are, and that there is none', async () => {
    expect((await run('php', '--limit', '2')).error).toMatch(/\d+ more/u);
    const none = await run('no-such-thing', '--json');
    expect(none).toMatchObject({ code: 1, out: '[]\n' });
    expect(none.error).toContain('no-such-thing');
  });
});
