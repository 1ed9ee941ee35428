/*
 * Group 21, secrets, as far as package repositories have them. The other secrets are tested where their rooms are.
 *
 * | case | tested in |
 * | --- | --- |
 * | a password or token of a repository in a plan, a state, an SBOM, an image, the store | here |
 * | … in an error or a log, as by a wrong password | here |
 * | … in a closure, a process list | nowhere: no process is started, and settings are read where they are used |
 * | … carried to another host by a redirect | here, and in provider/support/http-client.test.ts |
 * | fresh credentials in a long-running program | here: a creator takes the settings of its own time |
 */
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OpenCreator } from '../../provider/creator/open-creator.js';
import { planImage } from '../../provider/creator/plan-image.js';
import { publishImage } from '../../provider/creator/publish-image.js';
import { makeSigningKey } from '../../provider/packages/apk/testing/apk-maker.js';
import { makeRepository } from '../../provider/packages/apk/testing/apk-repository-maker.js';
import { describeError } from '../../provider/support/errors.js';
import { errorOf } from '../fixtures/error-of.js';
import { runCommand } from '../fixtures/memory-terminal.js';
import { openSmallWorld, requestFor, type SmallWorld } from '../fixtures/small-world.js';
import { formsOf, leaksIn } from './leaks.js';
import { type MirrorServer, serveMirror } from './mirror-server.js';

const user = 'joe';
const password = 'pa/ss@w0rd:s3cret';
const token = 't0ken-s3cret';
const basic = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
const secrets = [...formsOf(user, password), token];

let world: SmallWorld;
const servers: MirrorServer[] = [];
beforeEach(async () => {
  world = await openSmallWorld();
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
  await world.close();
});

async function serve(folder: string, authorization: string): Promise<MirrorServer> {
  const server = await serveMirror(() => folder, authorization);
  servers.push(server);
  return server;
}

function withUser(url: string, name = user, word = password): string {
  return url.replace('//', `//${name}:${encodeURIComponent(word)}@`);
}

/** Fails when something that a person or a program gets to see holds a secret. */
function expectNoSecret(...shown: readonly unknown[]): void {
  const text = shown
    .map(
      (one) =>
        `${inspect(one, { depth: 20 })} ${JSON.stringify(one)} ${one instanceof Error ? describeError(one) : ''}`,
    )
    .join('\n');
  for (const secret of secrets) expect(text).not.toContain(secret);
}

describe('a private deb mirror', () => {
  const request = requestFor({ packages: ['jq'], lines: ['8.4'], architectures: ['amd64'] });
  let seen: unknown[];

  function creatorFor(mirror: string, auth?: string): OpenCreator {
    return world.creator({
      mirror,
      report: (progress) => seen.push(progress),
      environment: auth === undefined ? {} : { PRIVATE_IMAGE_REPOSITORY_AUTH: auth },
    });
  }

  beforeEach(() => {
    seen = [];
  });

  it.each<[string, string, (url: string) => [mirror: string, auth?: string]]>([
    ['a user in its address', basic, (url) => [withUser(url)]],
    ['a user in the settings', basic, (url) => [url, `${url}=basic ${user}:${password}`]],
    ['a token in the settings', `Bearer ${token}`, (url) => [url, `["${url}=bearer ${token}"]`]],
  ])('with %s: is planned and, by another program, built, and nothing of it is kept', async (_, wanted, settings) => {
    const server = await serve(world.mirror, wanted);
    const planned = await planImage(creatorFor(...settings(server.url)), request);
    expect(server.requests.filter(({ path: asked }) => asked.endsWith('.deb'))).toEqual([]);
    const published = await publishImage(creatorFor(...settings(server.url)), planned.digest, {
      owner: 'resource-1',
      traceId: 'trace-1',
    });
    expect(published.status).toBe('created');
    expect(server.requests.some(({ path: asked }) => asked.endsWith('.deb'))).toBe(true);
    expect(new Set(server.requests.map(({ authorization }) => authorization))).toEqual(new Set([wanted]));
    expectNoSecret(planned, published, seen);
    expect(await leaksIn(world.folder, secrets)).toEqual([]);
    // What is looked for in the same way and is there, is found: in an archive, in a plan, in a layer.
    expect((await leaksIn(world.folder, ['made for tests: jq'])).length).toBeGreaterThan(0);
    expect((await leaksIn(path.join(world.folder, 'registry'), ['usr/bin/php8.4'])).length).toBeGreaterThan(0);
  });

  it('says so, and no more, when the credentials are wrong or missing', async () => {
    const server = await serve(world.mirror, 'Bearer another');
    const settings: readonly [mirror: string, auth?: string][] = [
      [server.url],
      [withUser(server.url)],
      [server.url, `${server.url}=bearer ${token}`],
      [server.url, `${server.url}/elsewhere=bearer ${token}`],
    ];
    for (const one of settings) {
      const error = await errorOf(planImage(creatorFor(...one), request));
      expect(error.code).toBe('repository/unreachable');
      expect(describeError(error)).toMatch(/answers 401[\s\S]*repositoryAuth/u);
      expectNoSecret(error, seen);
    }
    expect(await leaksIn(world.folder, secrets)).toEqual([]);
  });

  it('says so, and no more, when only its archives are refused', async () => {
    const server = await serve(world.mirror, basic);
    const { digest } = await planImage(creatorFor(withUser(server.url)), request);
    const claim = { owner: 'resource-1', traceId: 'trace-1' };
    const error = await errorOf(publishImage(creatorFor(server.url), digest, claim));
    expect(describeError(error)).toMatch(/cannot be fetched/u);
    expectNoSecret(error, error.data, seen);
    const fresh = await publishImage(creatorFor(withUser(server.url)), digest, claim);
    expect(fresh.status).toBe('created');
  });

  it('that sends to another host does not send credentials along', async () => {
    const other = await serveMirror(() => world.mirror);
    servers.push(other);
    const server = await serve(world.mirror, basic);
    server.answer = (name, response) => {
      if (!name.endsWith('.deb')) return false;
      response.writeHead(302, { location: `${other.url}${name}` }).end();
      return true;
    };
    const creator = creatorFor(withUser(server.url));
    const { digest } = await planImage(creator, request);
    await publishImage(creator, digest, { owner: 'resource-1', traceId: 'trace-1' });
    expect(other.requests.length).toBeGreaterThan(0);
    expect(other.requests.filter(({ authorization }) => authorization !== undefined)).toEqual([]);
  });
});

describe('a private deb repository of the user’s own', () => {
  it('is resolved from, and is not named with its password when its line is wrong', async () => {
    const server = await serve(world.mirror, basic);
    await writeFile(path.join(world.folder, 'key.asc'), world.key.publicKey);
    const args = ['resolve', '--format', 'deb', '--keyring', 'key.asc', 'jq', '--json', '--repository'];
    const good = await runCommand(world, [...args, `${withUser(server.url)} stable main`]);
    expect(good.code).toBe(0);
    expect(good.stdout).toContain(`${server.url}/pool/main/j/jq/`);
    const bad = await Promise.all(
      [withUser(server.url), `https://${user}:${password}@mirror stable`, `${user}:${password}@mirror stable`].map(
        (line) => runCommand(world, [...args, line]),
      ),
    );
    for (const outcome of bad) expect(outcome.code).not.toBe(0);
    expectNoSecret(good, ...bad);
    expect(await leaksIn(world.folder, secrets)).toEqual([]);
  });
});

describe('a private apk repository', () => {
  const key = makeSigningKey('own.rsa.pub');

  async function repository(): Promise<string> {
    const folder = path.join(world.folder, 'own');
    await makeRepository(
      folder,
      [
        { name: 'libx', files: { 'usr/lib/libx.so.1': 'library' } },
        { name: 'app', depends: ['libx'], files: { 'usr/bin/app': { content: 'app', mode: 0o755 } } },
      ],
      { key, architectures: ['x86_64', 'aarch64'] },
    );
    await writeFile(path.join(world.folder, key.public.name), key.public.pem);
    return folder;
  }

  it('is resolved from, with a user in its address or in the settings', async () => {
    const server = await serve(await repository(), basic);
    const args = ['resolve', '--keyring', key.public.name, 'app', '--json', '--repository'];
    const outcomes = [
      await runCommand(world, [...args, withUser(server.url)]),
      await runCommand(world, [...args, server.url], {
        cache: 'cache-2',
        environment: { PRIVATE_IMAGE_REPOSITORY_AUTH: `${server.url}=basic ${user}:${password}` },
      }),
    ];
    for (const { code, stdout } of outcomes) {
      expect(code).toBe(0);
      expect(stdout).toContain(`${server.url}/x86_64/app-1.0.0-r0.apk`);
    }
    const refused = await runCommand(world, [...args, withUser(server.url, user, `${password}x`)], {
      cache: 'cache-3',
    });
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain('repositoryAuth');
    const malformed = await runCommand(world, [...args, `https://${user}:${password}@mirror`]);
    expect(malformed.code).toBe(3);
    expectNoSecret(...outcomes, refused, malformed);
    expect(await leaksIn(world.folder, secrets)).toEqual([]);
  });

  it('is built from, and the image knows nothing of its password', async () => {
    const server = await serve(await repository(), basic);
    // The user's own file holds the password, and lies where nothing is searched.
    const file = `${world.folder}-apko.yaml`;
    const lines = [
      'contents:',
      `  repositories: ["${withUser(server.url)}"]`,
      `  runtime_repositories: ["@own ${withUser(server.url)}/more"]`,
      `  keyring: [${path.join(world.folder, key.public.name)}]`,
      '  packages: [app]',
      'entrypoint: {command: /usr/bin/app}',
      'archs: [x86_64]',
      `vcs-url: ${withUser('https://git.test')}/own@1f3`,
      '',
    ];
    await writeFile(file, lines.join('\n'));
    const outcome = await runCommand(world, ['build', file, '--output', path.join(world.folder, 'layout')]);
    await rm(file);
    expect(outcome).toMatchObject({ code: 0 });
    expect(server.requests.some(({ path: asked }) => asked.endsWith('app-1.0.0-r0.apk'))).toBe(true);
    expectNoSecret(outcome);
    expect(await leaksIn(world.folder, secrets)).toEqual([]);
  });
});
