import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), 'private-image-package-'));
const installed = path.join(folder, 'node_modules/pulumi-private-image');

/** Where dependencies are, that npm would install beside the package. */
const dependencies = path.join(root, 'node_modules');

beforeAll(async () => {
  mkdirSync(installed, { recursive: true });
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: root });
  const [archive = ''] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  await run('tar', ['--extract', '--file', path.join(folder, archive), '--strip-components=1'], { cwd: installed });
  for (const name of readdirSync(dependencies)) {
    if (name.startsWith('.') || name === 'pulumi-private-image') continue;
    symlinkSync(path.join(dependencies, name), path.join(folder, 'node_modules', name));
  }
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('the package as it is published', () => {
  it('holds the programs, the catalog and the types, and no code twice', () => {
    const files = readdirSync(installed, { recursive: true, encoding: 'utf8' });
    expect(files).toContain('dist/sdk/index.d.ts');
    expect(files).toContain('provider/catalog/debian/distribution.yaml');
    const code = files.filter((file) => file.endsWith('.js'));
    expect(code.filter((file) => !file.startsWith('dist/program/'))).toEqual([]);
    expect(code).toContain('dist/program/private-image.js');
    expect(files.filter((file) => /\.test\.|\/testing\//u.test(file))).toEqual([]);
  });

  it('has the file of every module that is loaded by its name', () => {
    const program = path.join(installed, 'dist/program');
    const code = readdirSync(program).filter((name) => name.endsWith('.js'));
    const named = code.flatMap((name) =>
      [
        ...readFileSync(path.join(program, name), 'utf8').matchAll(/new URL\("(\.\/[^"]+\.js)", import\.meta\.url\)/gu),
      ].map(([, file = '']) => file),
    );
    expect(new Set(named)).toContain('./worker-thread.js');
    expect(named.filter((file) => !existsSync(path.join(program, file)))).toEqual([]);
  });

  it('names the licences of the libraries in it, and leaves OpenPGP.js, which may not be in it, where it is installed', () => {
    const program = path.join(installed, 'dist/program');
    const notices = readFileSync(path.join(program, 'THIRD-PARTY-NOTICES.txt'), 'utf8');
    expect(notices).toMatch(/^zod \S+ \(MIT\)\n\nMIT License/mu);
    const named = [...notices.matchAll(/^(\S+) \d\S* \([^)]+\)$/gmu)].map(([, library = '']) => library);
    const code = readdirSync(program).filter((name) => name.endsWith('.js'));
    const text = code.map((name) => readFileSync(path.join(program, name), 'utf8')).join('\n');
    const loaded = [...text.matchAll(/(?:from |import\()"((?:@[^/"]+\/)?[^/".:]+)[^"]*"/gu)].map(
      ([, library = '']) => library,
    );
    expect(named).toEqual(expect.arrayContaining(['commander', 'yaml', 'zod']));
    expect(named.filter((library) => loaded.includes(library))).toEqual([]);
    expect(loaded).toContain('openpgp');
    expect(named).not.toContain('openpgp');
  });

  it('runs where it is installed', async () => {
    const command = path.join(installed, 'dist/program/private-image.js');
    const { stdout } = await run(command, ['starters'], { cwd: folder });
    expect(stdout).toContain('python');
  });

  it('is imported by its name', async () => {
    const program = "import('pulumi-private-image').then((module) => console.log(Object.keys(module).join(' ')))";
    const { stdout } = await run(process.execPath, ['--eval', program], { cwd: folder });
    expect(stdout.split(/\s/u)).toEqual(expect.arrayContaining(['PrivateImage', 'FileBundle', 'searchPackages']));
  });
});
