import { afterAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../tests/fixtures/memory-terminal.js';
import { openSmallWorld, withDevPackages } from '../../tests/fixtures/small-world.js';
import { exitCodes } from './terminal.js';

const world = await openSmallWorld();
afterAll(() => world.close());

/** Runs a command line; its words have no spaces in them. */
function run(line: string, options: Parameters<typeof runCommand>[2] = {}) {
  return runCommand(world, line.split(' '), options);
}

describe('usage', () => {
  it('prints help and version to standard output', async () => {
    const help = await run('--help');
    expect(help).toMatchObject({ code: exitCodes.done, stderr: '' });
    for (const command of ['starters', 'search', 'resolve', 'build', 'inspect', 'verify', 'copy'])
      expect(help.stdout).toContain(command);
    expect((await run('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/u);
  });

  it.each([
    ['nonsense', /unknown command 'nonsense'/u],
    ['search', /missing required argument 'text'/u],
    ['search jq --limit many', /--limit <count>.*whole number above 0/u],
    ['search jq --suite nope', /\[catalog\/unknown-suite\][\s\S]*"nope"[\s\S]*oldstable, stable/u],
    ['starters --distribution debain', /\[catalog\/unknown-distribution\][\s\S]*"debain"[\s\S]*mean debian/u],
    ['resolve jq --arch mips', /'mips' is invalid.*amd64, arm64/u],
    ['resolve jq --starter phpp', /\[catalog\/unknown-starter\].*"phpp"[\s\S]*mean php\?/u],
    ['resolve jq --starter php --line 9', /\[image\/unknown-line\].*line 9[\s\S]*8\.2, 8\.4/u],
    ['resolve jq --dev', /\[request\/malformed\].*--dev is about a starter/u],
    ['resolve jq --allow-unsigned', /\[request\/malformed\].*--repository/u],
    ['build', /--output <folder>/u],
    ['build --output out', /configuration file or a --starter/u],
    ['build --starter php --output=', /\[request\/malformed\].*for --output is empty/u],
    ['build --starter php --output out --package=', /for --package is empty/u],
    ['build --starter php --output out --name web/', /\[request\/malformed\].*web\/ is no name/u],
    ['verify ./image --key=', /for --key is empty/u],
    ['build own.yaml --starter php --output out', /configuration file or a --starter/u],
    ['build none.yaml --output out', /\[catalog\/unreadable\].*none\.yaml/u],
  ])('refuses "%s", and says why', async (line, says) => {
    const { code, stdout, stderr } = await run(line);
    expect(stderr).toMatch(says);
    expect({ code, stdout }).toEqual({ code: exitCodes.usage, stdout: '' });
  });

  it('tells every fault of the configuration', async () => {
    const environment = { PRIVATE_IMAGE_CONCURRENCY: '0', PRIVATE_IMAGE_ARCHITECTURES: 'mips' };
    const { code, stderr } = await run('starters', { environment });
    expect(code).toBe(exitCodes.usage);
    expect(stderr).toMatch(/PRIVATE_IMAGE_ARCHITECTURES.*PRIVATE_IMAGE_CONCURRENCY/u);
  });

  it('tells of a variable that is spelt almost as one of a setting', async () => {
    const { code, stderr } = await run('starters', { environment: { PRIVATE_IMAGE_REGISTRI: 'r.example' } });
    expect(code).toBe(exitCodes.done);
    expect(stderr).toMatch(/^warning: PRIVATE_IMAGE_REGISTRI is ignored.*PRIVATE_IMAGE_REGISTRY\?$/mu);
  });
});

describe('starters', () => {
  it('lists name, distribution and description', async () => {
    const { code, stdout } = await run('starters --distribution debian');
    expect(code).toBe(exitCodes.done);
    expect(stdout).toMatch(/^STARTER +DISTRIBUTION +DESCRIPTION\n/u);
    expect(stdout).toMatch(/^php +debian +A small PHP for tests\.$/mu);
  });

  it('lists the maintained lines as well when it is asked to', async () => {
    const { stdout } = await run('starters --distribution debian --lines');
    expect(stdout).toMatch(/^php +debian +8\.2 \(8\.2\.29\), 8\.4 \(8\.4\.12\) +A small PHP/mu);
    const json = await run('starters --distribution debian --lines --json');
    const [php] = (JSON.parse(json.stdout) as { name: string }[]).filter(({ name }) => name === 'php');
    expect(php).toMatchObject({
      title: 'PHP',
      lines: [
        { line: '8.2', version: '8.2.29', suite: 'oldstable', endOfLife: '2099-01-01' },
        { line: '8.4', version: '8.4.12', suite: 'stable' },
      ],
    });
  });

  it('lists the lines of a distribution although another cannot be read, which is told once', async () => {
    const nowhere = `${world.url}-nowhere`;
    const environment = { PRIVATE_IMAGE_ALPINE_MIRROR: nowhere, PRIVATE_IMAGE_WOLFI_MIRROR: nowhere };
    const { code, stdout, stderr } = await run('starters --lines', { environment });
    expect(code).toBe(exitCodes.repository);
    expect(stdout).toMatch(/^php +debian +8\.2 \(8\.2\.29\), 8\.4 \(8\.4\.12\) /mu);
    expect(stdout).toMatch(/^nginx +alpine +not known /mu);
    expect(stderr.match(/^error\[/gmu)).toHaveLength(2);
  });
});

describe('search', () => {
  it('finds packages, the best match first', async () => {
    const { code, stdout, stderr } = await run('search jq');
    expect({ code, stderr }).toEqual({ code: exitCodes.done, stderr: '' });
    const [, first, second] = stdout.split('\n');
    expect(first).toMatch(/^jq .*1\.6 1\.7/u);
    expect(second).toMatch(/^libjq /u);
    const json = await run('search jq --json --suite stable');
    expect(JSON.parse(json.stdout)).toMatchObject([
      { name: 'jq', versions: [{ suite: 'stable', version: '1.7' }] },
      { name: 'libjq' },
    ]);
  });

  it('says how many more there are', async () => {
    const { stdout, stderr } = await run('search jq --limit 1');
    expect(stdout.trim().split('\n')).toHaveLength(2);
    expect(stderr).toMatch(/^1 more: /u);
  });

  it('fails when there is none', async () => {
    const { code, stderr } = await run('search zzz');
    expect(code).toBe(exitCodes.failed);
    expect(stderr).toContain('"zzz"');
  });
});

describe('resolve', () => {
  it.each([
    ['resolve jq', ['jq=1.7', 'libjq=1.7']],
    ['resolve jq --suite oldstable', ['jq=1.6', 'libjq=1.6']],
    ['resolve jq=1.7 libjq --arch arm64', ['jq=1.7', 'libjq=1.7']],
    ['resolve jq --starter plain --line 1', ['jq=1.6', 'libjq=1.6', 'libworld=1.0']],
    ['resolve jq --starter plain', ['jq=1.7', 'libjq=1.7', 'libworld=2.0']],
  ])('%s: one name=version a line, sorted', async (line, expected) => {
    const { code, stdout, stderr } = await run(line);
    expect({ code, stderr }).toEqual({ code: exitCodes.done, stderr: '' });
    expect(stdout).toBe(expected.map((row) => `${row}\n`).join(''));
  });

  it('reads a line of sources.list as it stands there, with its key and what it is asked for', async () => {
    const key = await world.file('key.asc', world.key.publicKey);
    const resolve = (options: string) =>
      runCommand(world, ['resolve', 'jq', '--repository', `deb [${options}] ${world.url} stable main`]);
    expect(await resolve(`signed-by=${key}`)).toMatchObject({ code: exitCodes.done, stdout: 'jq=1.7\nlibjq=1.7\n' });
    expect((await resolve(`signed-by=${key} arch=arm64`)).stderr).toContain('there is no such package');
    const missing = await resolve('signed-by=nowhere.gpg');
    expect(missing.code).toBe(exitCodes.repository);
    expect(missing.stderr).toMatch(/\[repository\/bad-keyring\].*nowhere\.gpg/u);
    expect((await resolve('trusted=yes')).stderr).toMatch(/\[request\/malformed\][^]*--allow-unsigned/u);
  });

  it('gives the packages of a dev variant with those of its production', async () => {
    const dev = await openSmallWorld(undefined, withDevPackages('jq'));
    try {
      const resolve = 'resolve php8.4-curl --starter php --line 8.4'.split(' ');
      const production = (await runCommand(dev, resolve)).stdout.split('\n');
      const whole = (await runCommand(dev, [...resolve, '--dev'])).stdout.split('\n');
      expect(whole).toEqual(expect.arrayContaining([...production, 'jq=1.7', 'libjq=1.7']));
      expect(whole).toHaveLength(production.length + 2);
    } finally {
      await dev.close();
    }
  });

  it('gives exact packages by architecture as JSON', async () => {
    const { stdout } = await run('resolve jq --arch amd64 --arch arm64 --json');
    const { architectures, conflicts } = JSON.parse(stdout) as {
      architectures: Record<string, { packages: { name: string; url: string; checksum: string; size: number }[] }>;
      conflicts: string[];
    };
    expect(conflicts).toEqual([]);
    expect(Object.keys(architectures)).toEqual(['amd64', 'arm64']);
    expect(architectures['arm64']?.packages[0]).toEqual({
      name: 'jq',
      version: '1.7',
      url: `${world.url}/pool/main/j/jq/jq_1.7_arm64.deb`,
      checksum: expect.stringMatching(/^sha256:[0-9a-f]{64}$/u) as string,
      size: expect.any(Number) as number,
    });
  });

  it.each([
    ['resolve jq no-such-thing', /stable.*amd64.*no-such-thing/u],
    ['resolve jq=9', /stable.*amd64.*jq.*9/u],
    ['resolve only-amd64 --arch arm64', /stable.*arm64.*only-amd64/u],
  ])('%s: fails with the reason', async (line, says) => {
    const { code, stdout, stderr } = await run(line);
    expect({ code, stdout }).toEqual({ code: exitCodes.failed, stdout: '' });
    expect(stderr).toMatch(says);
    const json = await run(`${line} --json`);
    expect(json.code).toBe(exitCodes.failed);
    expect(JSON.parse(json.stdout)).toMatchObject({ conflicts: [expect.stringMatching(says)] });
  });
});

describe('a repository that cannot be read or trusted', () => {
  it.each([
    ['search jq', /\[repository\/not-found\]/u],
    ['resolve jq', /\[repository\/not-found\]/u],
    ['build --starter php --output out', /\[repository\/not-found\]/u],
  ])('%s: has an exit code of its own', async (line, says) => {
    const { code, stdout, stderr } = await run(line, { mirror: `file://${world.folder}/nowhere`, cache: 'nothing' });
    expect({ code, stdout }).toEqual({ code: exitCodes.repository, stdout: '' });
    expect(stderr).toMatch(says);
    expect(stderr).toMatch(/nowhere (?:old)?stable/u);
  });
});

describe('a person who watches', () => {
  it('sees progress on one line, which is gone in the end', async () => {
    const { stdout, stderr } = await run('resolve jq', { isTerminal: true });
    expect(stdout).toBe('jq=1.7\nlibjq=1.7\n');
    expect(stderr).toContain('reading Debian stable');
    expect(stderr).not.toContain('\n');
    expect(stderr.endsWith('\r\u001b[K')).toBe(true);
  });

  it('is told what an interrupt means', async () => {
    const signal = AbortSignal.abort();
    const { code, stdout, stderr } = await run('build --starter php --output stopped', { signal, cache: 'stopped' });
    expect({ code, stdout }).toEqual({ code: exitCodes.stopped, stdout: '' });
    expect(stderr).toMatch(/^stopped: /u);
  });
});
