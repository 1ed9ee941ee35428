import { describe, expect, it } from 'vitest';
import type { Claim } from '../creator/claim.js';
import type { PublishedImage, PublishedLine } from '../creator/published.js';
import type { Publishing } from '../creator/publishing.js';
import type { Removal } from '../creator/remove-image.js';
import type { ImageRequest } from '../creator/request.js';
import type { PlanSummary } from '../creator/summary.js';
import { assignTags } from '../creator/tags.js';
import { type Digest, digestOf } from '../support/digest.js';
import { PrivateImageError } from '../support/errors.js';
import { privateImage } from './private-image.js';
import type { Properties, ResourceContext, ResourceMessage } from './resource.js';
import type { UseCases } from './use-cases.js';

const unknown = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';
const bundle = `local/ca@${digestOf('ca')}`;

interface World {
  readonly context: ResourceContext;
  readonly messages: ResourceMessage[];
  /** What stands in the registry, by image name. */
  readonly images: Map<string, PublishedImage>;
  readonly requests: ImageRequest[];
  readonly claims: Claim[];
  readonly removals: Removal[];
  /** Package to version, by line. What is missing in all lines fails them all. */
  readonly offered: Record<string, Record<string, string>>;
  /** The plans that were built. */
  readonly built: Set<Digest>;
  /** Why one plan is another than the one before, beside what summaries say. */
  readonly changes: string[];
  outage: PrivateImageError | undefined;
  /** What an image has of its mirrors, when it is published and when it is read. */
  mirrors: { readonly behind: readonly string[]; readonly silent?: readonly string[] };
  publishing: Publishing;
}

/** Published to one registry, and not signed. */
const plainly: Publishing = {
  signing: 'none',
  signer: undefined,
  logged: undefined,
  signatureTags: undefined,
  mirrors: [],
  retention: undefined,
};

/** What a plan gives, by line. */
function digestsOf({ digest, lines }: PlanSummary): Record<string, Digest> {
  return Object.fromEntries(Object.keys(lines).map((line) => [line, digestOf(digest + line)]));
}

/** A registry, a store and a distribution in memory: two lines of Python, plans by the digest of what was asked. */
function world(settings: Partial<ResourceContext> = {}): World {
  const plans = new Map<Digest, { request: ImageRequest; summary: PlanSummary }>();
  const made: World = {
    messages: [],
    images: new Map(),
    requests: [],
    claims: [],
    removals: [],
    offered: { '3.11': { requests: '2.28' }, '3.13': { requests: '2.32', rich: '13.9' } },
    built: new Set(),
    changes: [],
    outage: undefined,
    mirrors: { behind: [] },
    publishing: plainly,
    context: {
      place: { tenant: 'local', registry: '.private-image/registry' },
      useCases: () => useCases,
      unknown,
      preview: false,
      secrets: [],
      forbidSecrets: false,
      log: (message) => made.messages.push(message),
      keep: () => undefined,
      clock: () => new Date('2026-11-21T00:00:00Z'),
      former: new Set(),
      rivalFor: () => undefined,
      newTraceId: () => `trace-${made.claims.length + 1}`,
      workingDirectory: '/program',
      ...settings,
    },
  };
  const planLine = (request: ImageRequest, line: string): PlanSummary['lines'][string] => {
    const missing = request.packages.find((name) => made.offered[line]?.[name] === undefined);
    const head = { suite: 'suite', tags: [], packages: {}, skipped: [] };
    if (missing !== undefined) return { ...head, error: `python ${line} has no package ${missing}` };
    const packages = Object.fromEntries(request.packages.map((name) => [name, made.offered[line]![name]!]));
    return { ...head, version: `${line}.1`, packages: { python3: `${line}.1-1`, ...packages } };
  };
  const useCases: UseCases = {
    planImage: async (request) => {
      made.requests.push(request);
      if (made.outage !== undefined) throw made.outage;
      if (request.starter !== 'python') {
        throw new PrivateImageError('catalog/unknown-starter', `There is no starter ${request.starter}`, {
          hint: 'Nearest: python.',
        });
      }
      if ('PATH' in request.environment)
        throw new PrivateImageError('image/environment-taken', 'PATH is taken', { data: { key: 'PATH' } });
      const planned = Object.keys(made.offered).map((line) => [line, planLine(request, line)] as const);
      const tags = assignTags(planned.flatMap(([, line]) => (line.version === undefined ? [] : [line.version])));
      const lines = Object.fromEntries(
        planned.map(([name, line]) => [name, { ...line, tags: tags.get(line.version ?? '') ?? [] }]),
      );
      const digest = digestOf(JSON.stringify([request, lines]));
      plans.set(digest, { request, summary: { digest, lines } });
      return { digest, summary: { digest, lines } };
    },
    repository: (name) => Promise.resolve(`/registry/local/${name}`),
    publishing: () => Promise.resolve(made.publishing),
    builtDigests: async (digest) => (made.built.has(digest) ? digestsOf(plans.get(digest)!.summary) : undefined),
    planChanges: async () => made.changes,
    bundleChanges: async () => ['~ root.crt'],
    publishImage: async (digest, claim) => {
      made.built.add(digest);
      made.claims.push(claim);
      const { request, summary } = plans.get(digest)!;
      const lines = Object.entries(summary.lines).map(([line, { version, tags, error }]): PublishedLine => {
        const common = {
          line,
          sbomUrls: {},
          packagesAdded: {},
          skipped: [],
          endOfLife: undefined,
          warnings: [],
          dev: undefined,
          version,
        };
        if (error !== undefined) {
          const reason = { code: 'plan/conflict', message: error, hint: undefined };
          return { ...common, status: 'failed', digest: undefined, tags: [], sbomUrl: undefined, error: reason };
        }
        return {
          ...common,
          status: 'built',
          digest: digestsOf(summary)[line]!,
          tags,
          sbomUrl: `file:///${line}`,
          error: undefined,
        };
      });
      const built = lines.filter((line) => line.digest !== undefined);
      if (built.length === 0)
        throw new PrivateImageError('image/no-line-built', lines.map((line) => line.error?.message).join('\n'));
      const image: PublishedImage = {
        status: built.length === lines.length ? 'created' : 'some lines created',
        repository: `/registry/local/${request.name}`,
        lines,
        tags: Object.fromEntries(built.flatMap((line) => line.tags.map((tag) => [tag, line.digest!]))),
        latest: built.at(-1)!.digest!,
        ...made.mirrors,
      };
      made.images.set(request.name, image);
      return image;
    },
    readImage: async (name) => {
      if (made.outage !== undefined) throw made.outage;
      const image = made.images.get(name);
      return image && { ...image, ...made.mirrors };
    },
    readImageRequest: async (name) => {
      const request = made.requests.findLast((asked) => asked.name === name);
      const plan = [...plans.values()].findLast((planned) => planned.request.name === name)?.summary;
      return request && plan && { request, plan, owner: made.claims.at(-1)?.owner };
    },
    readUnfinished: () => Promise.resolve(undefined),
    removeBuilds: () => Promise.resolve(),
    removeImage: async (removal) => {
      made.removals.push(removal);
      made.images.delete(removal.name);
      return true;
    },
    readOwner: () => Promise.resolve(made.claims.at(-1)?.owner),
    readBundleRequest: () => Promise.reject(new Error('no bundles here')),
    fetchFile: () => Promise.reject(new Error('no files here')),
    planBundle: () => Promise.reject(new Error('no bundles here')),
    publishBundle: () => Promise.reject(new Error('no bundles here')),
    readBundle: () => Promise.reject(new Error('no bundles here')),
    removeBundle: () => Promise.reject(new Error('no bundles here')),
  };
  return made;
}

const hello = { starter: 'python', name: 'hello', packages: ['requests'], environment: { GREETING: 'hi' } };

async function checked(there: World, inputs: Properties, olds: Properties = {}): Promise<Properties> {
  const result = await privateImage.check(there.context, olds, inputs);
  expect(result.failures).toEqual([]);
  return result.inputs;
}

async function created(there: World, inputs: Properties): Promise<Properties> {
  return (await privateImage.create(there.context, await checked(there, inputs))).outputs;
}

describe('check', () => {
  it.each([
    ['one letter', { name: 'a' }, ['name']],
    ['41 characters', { name: 'a'.repeat(41) }, ['name']],
    ['a capital', { name: 'Web' }, ['name']],
    ['a digit at the end', { name: 'web1' }, ['name']],
    ['a dash at the front', { name: '-web' }, ['name']],
    ['no starter', { starter: '' }, ['starter']],
    ['an unknown starter', { starter: 'pyton' }, ['starter']],
    ['101 packages', { packages: Array.from({ length: 101 }, (_, index) => `p${index}`) }, ['packages']],
    ['an empty package', { packages: ['requests', ''] }, ['packages[1]']],
    ['an empty value', { environment: { GREETING: '' } }, ['environment.GREETING']],
    ['an empty key', { environment: { '': 'x' } }, ['environment[""]']],
    ['a key alone', { environment: [{ key: 'A' }] }, ['environment[0].value']],
    ['a value alone', { environment: [{ value: 'x' }] }, ['environment[0].key']],
    [
      'a key given twice',
      {
        environment: [
          { key: 'A', value: '1' },
          { key: 'A', value: '2' },
        ],
      },
      ['environment[1].key'],
    ],
    ['a key that the starter sets', { environment: { PATH: '/bin' } }, ['environment.PATH']],
    ['a bundle that is no reference', { fileBundles: ['corporate-ca'] }, ['fileBundles[0]']],
    [
      'a program by its name',
      { setuidPrograms: ['sudo', '/usr/../bin/su', '/**', '/usr/bin/su'] },
      [0, 1, 2].map((at) => `setuidPrograms[${at}]`),
    ],
    ['no line at all', { requestedLines: [] }, ['lines']],
    ['an unknown architecture', { architectures: ['riscv64'] }, ['architectures[0]']],
    ['a property that does not exist', { package: ['x'] }, ['package']],
    [
      'several faults',
      { name: 'X', packages: [1], environment: { A: '', B: '' } },
      ['name', 'packages[0]', 'environment.A', 'environment.B'],
    ],
  ])('refuses %s', async (_, change, properties) => {
    const { failures } = await privateImage.check(world().context, {}, { ...hello, ...change });
    expect(failures.map((failure) => failure.property)).toEqual(properties);
    expect(failures.every((failure) => failure.reason.length > 5)).toBe(true);
  });

  it.each<[string, unknown, [string, string][]]>([
    [
      'values that are no texts',
      { PORT: 8080, NONE: null },
      [
        ['environment.PORT', 'a value is a text: put it in quotes'],
        ['environment.NONE', 'a variable needs a value'],
      ],
    ],
    [
      'variables without keys, which are not twice the same',
      [{ value: 'x' }, { value: 'y' }],
      [
        ['environment[0].key', 'a variable needs a key'],
        ['environment[1].key', 'a variable needs a key'],
      ],
    ],
  ])('says of an environment exactly what is wrong: %s', async (_, environment, said) => {
    const { failures } = await privateImage.check(world().context, {}, { ...hello, environment });
    expect(failures.map(({ property, reason }) => [property, reason])).toEqual(said);
  });

  it('finds in the data of an error which properties it is about, but for the name of the starter', async () => {
    const there = world();
    there.outage = new PrivateImageError('image/unknown-line', 'no line', { data: { lines: ['9'], starter: 'nginx' } });
    const inputs = { starter: 'nginx', name: 'proxy', packages: ['nginx'], requestedLines: ['1.26', '9'] };
    const { failures } = await privateImage.check(there.context, {}, inputs);
    expect(failures.map(({ property }) => property)).toEqual(['lines[1]']);
  });

  it.each([['ab'], ['a-9-b'], ['a'.repeat(40)]])('takes the name %s', async (name) => {
    await checked(world(), { ...hello, name });
  });

  it('takes 100 packages', async () => {
    const there = world();
    const packages = Array.from({ length: 100 }, (_, index) => `p${index}`);
    await checked(there, { ...hello, packages });
    expect(there.requests[0]?.packages).toHaveLength(100);
  });

  it('adds the plan and the place', async () => {
    const inputs = await checked(world(), hello);
    expect(inputs).toMatchObject({ ...hello, tenant: 'local', registry: '.private-image/registry' });
    expect(inputs['plan']).toMatchObject({
      lines: {
        '3.11': { tags: ['3.11.1', '3.11'] },
        '3.13': { tags: ['3.13.1', '3.13', '3', 'latest'], packages: { requests: '2.32' } },
      },
    });
  });

  it('says where the image will be, once its name is known', async () => {
    expect(await checked(world(), hello)).toMatchObject({ repository: '/registry/local/hello' });
    expect(await checked(world(), { ...hello, name: unknown })).toMatchObject({ repository: unknown });
    const there = world();
    const inputs = await checked(there, hello);
    expect(await privateImage.preview(there.context, inputs, undefined)).toMatchObject({
      repository: '/registry/local/hello',
    });
  });

  it('leaves open what latest will be while a line fails, whose last build may stand', async () => {
    const there = world({ preview: true });
    await created(there, { ...hello, packages: ['rich'] });
    const inputs = await checked(there, { ...hello, packages: ['rich'] });
    expect(inputs).toHaveProperty('digests');
    expect(inputs).not.toHaveProperty('latest');
  });

  it('brings both forms of an environment into one', async () => {
    const environment = [
      { key: 'B', value: '2' },
      { key: 'A', value: '1' },
    ];
    expect((await checked(world(), { ...hello, environment }))['environment']).toEqual({ A: '1', B: '2' });
  });

  it('tells in a preview what each line will be, and what changes', async () => {
    const there = world({ preview: true });
    const before = await checked(there, hello);
    there.messages.length = 0;
    await checked(there, { ...hello, packages: ['rich'] }, before);
    expect(there.messages.map(({ kind }) => kind)).toEqual(['warning', 'info', 'info']);
    expect(there.messages[2]?.message).toBe(
      'hello: the digests change: packages (+ rich, - requests); packages of 3.13 (- requests 2.32 and 1 more)',
    );
    expect(there.messages[0]?.message).toContain('3.11 has no package rich');
    expect(there.messages[1]?.message).toBe(
      ['python 3.13: 3.13.1 → tags 3.13.1, 3.13, 3, latest (2 packages)', '  - requests 2.32', '  + rich 13.9'].join(
        '\n',
      ),
    );
  });

  it('tells in a preview how what stands will be published, with the plan that there is', async () => {
    const there = world({ preview: true });
    const before = await checked(there, hello);
    there.messages.length = 0;
    there.publishing = { ...plainly, mirrors: ['copies'] };
    const inputs = await checked(there, hello, before);
    expect(there.messages.map(({ message }) => message)).toEqual([
      'hello: it is mirrored to copies as well (the digests stay)',
    ]);
    const outputs = await privateImage.preview(there.context, inputs, { ...before, latest: digestOf('latest') });
    expect(outputs['latest']).toBe(digestOf('latest'));
  });

  it('tells why the digests change where the same packages are asked for', async () => {
    const there = world({ preview: true });
    const renewed = `local/ca@${digestOf('another ca')}`;
    const before = await checked(there, { ...hello, fileBundles: [bundle] });
    there.messages.length = 0;
    there.changes.push('dev packages of 3.13 (~ bash 5.2 → 5.3)');
    await checked(there, { ...hello, fileBundles: [renewed] }, before);
    expect(there.messages.at(-1)?.message).toBe(
      'hello: the digests change: the files of local/ca (~ root.crt); dev packages of 3.13 (~ bash 5.2 → 5.3)',
    );
  });

  it('gives the digests to be when all of the plan was built before, and the unknown once that is not so', async () => {
    const there = world({ preview: true });
    const first = await created(there, hello);
    const other = await checked(there, { ...hello, packages: [] }, await checked(there, hello));
    expect(other).toMatchObject({ digests: unknown, latest: unknown });
    const back = await checked(there, hello, other);
    expect(back['digests']).toEqual(first['digests']);
    const { '3.13': newest = '' } = first['digests'] as Record<string, string>;
    expect(there.messages.map(({ message }) => message).join('\n')).toContain(
      `digest ${newest}, as it was built before`,
    );
    expect(await privateImage.preview(there.context, back, undefined)).toMatchObject({
      digests: first['digests'],
      latest: first['latest'],
      tags: unknown,
    });
    expect(await privateImage.preview(there.context, other, first)).toMatchObject({
      digests: unknown,
      latest: unknown,
      owner: 'trace-1',
    });
  });

  it('keeps the digests of a plan that stays, and has none of a plan that was never built', async () => {
    const there = world();
    const never = await checked(there, hello);
    expect(never).not.toHaveProperty('digests');
    expect(await privateImage.preview(there.context, never, undefined)).toMatchObject({ digests: unknown });
    const state = await created(there, hello);
    const again = await checked(there, hello, state);
    expect(again['digests']).toEqual(state['digests']);
    expect(privateImage.diff(there.context, state, again).changes).toBe(false);
    const partly = await checked(there, { ...hello, environment: { GREETING: unknown } }, state);
    expect(partly).not.toHaveProperty('digests');
  });

  it('is quiet about lines that build when it is no preview', async () => {
    const there = world();
    await checked(there, hello);
    expect(there.messages).toEqual([]);
  });

  describe('with unknown inputs', () => {
    it.each([['starter'], ['packages'], ['requestedLines'], ['architectures']])(
      'does not plan without %s',
      async (key) => {
        const there = world();
        const inputs = await checked(there, { ...hello, [key]: unknown });
        expect(inputs).toMatchObject({ [key]: unknown, plan: unknown });
        expect(there.requests).toEqual([]);
      },
    );

    it('does not plan when one package is unknown', async () => {
      expect((await checked(world(), { ...hello, packages: ['requests', unknown] }))['plan']).toBe(unknown);
    });

    it.each([
      ['fileBundles', unknown],
      ['fileBundles', [bundle, unknown]],
      ['name', unknown],
      ['description', unknown],
      ['environment', unknown],
      ['environment', { GREETING: unknown }],
      ['environment', [{ key: unknown, value: 'x' }]],
      ['environment', [unknown]],
    ])('plans the packages while %s is %j', async (key, value) => {
      const inputs = await checked(world(), { ...hello, [key]: value });
      expect(inputs[key]).toEqual(value);
      expect(inputs['plan']).toMatchObject({ digest: unknown, lines: { '3.13': { packages: { requests: '2.32' } } } });
    });

    it('still finds the faults of what is known', async () => {
      const { failures } = await privateImage.check(
        world().context,
        {},
        { ...hello, name: unknown, packages: [unknown, ''] },
      );
      expect(failures.map((failure) => failure.property)).toEqual(['packages[1]']);
    });
  });

  describe('while the mirror is away', () => {
    const outage = new PrivateImageError('repository/unreachable', 'cannot read InRelease', {
      cause: new PrivateImageError('http/unreachable', 'mirror.example: connection refused'),
    });

    it('keeps the last plan of an image that stays as it is', async () => {
      const there = world();
      const state = await created(there, hello);
      there.outage = outage;
      const inputs = await checked(there, hello, state);
      expect(privateImage.diff(there.context, state, inputs).changes).toBe(false);
      expect(there.messages.at(-1)).toMatchObject({
        kind: 'warning',
        message: expect.stringContaining('mirror.example'),
      });
    });

    it('fails an image that changes, and says why', async () => {
      const there = world();
      const state = await created(there, hello);
      there.outage = outage;
      const { failures } = await privateImage.check(there.context, state, { ...hello, packages: [] });
      expect(failures).toEqual([{ property: '', reason: expect.stringContaining('mirror.example') }]);
    });

    it('fails on what is no outage even when nothing changes', async () => {
      const there = world();
      const state = await created(there, hello);
      there.outage = new PrivateImageError('repository/bad-signature', 'InRelease is not signed by a pinned key');
      expect((await privateImage.check(there.context, state, hello)).failures).toHaveLength(1);
    });
  });
});

describe('diff', () => {
  it.each<[string, Properties, boolean, string[]]>([
    ['nothing', {}, false, []],
    ['the order of packages', { packages: ['rich', 'requests'] }, false, []],
    ['packages', { packages: [] }, true, []],
    ['the environment', { environment: { GREETING: 'hello' } }, true, []],
    ['a description', { description: 'An image' }, true, []],
    ['a bundle', { fileBundles: [bundle] }, true, []],
    ['programs that may be setuid', { setuidPrograms: ['/usr/bin/sudo'] }, true, []],
    ['a value that is not known yet', { description: unknown }, true, []],
    ['the name', { name: 'hello-again' }, true, ['name']],
  ])('of %s', async (_, change, changes, replaces) => {
    const there = world();
    there.offered['3.11']!['rich'] = '13.0';
    const base = { ...hello, packages: ['requests', 'rich'] };
    // The digest is the plan's own: the order of packages is no part of a real one.
    const state = await created(there, base);
    const inputs = { ...(await checked(there, { ...base, ...change }, state)) };
    if (_ === 'the order of packages') inputs['plan'] = state['plan'];
    expect(privateImage.diff(there.context, state, inputs)).toMatchObject({
      changes,
      replaces,
      deleteBeforeReplace: false,
    });
  });

  it('replaces when the starter, the tenant or the registry changes', async () => {
    const there = world();
    const state = await created(there, hello);
    const change = { starter: 'ruby', tenant: '53', registry: '/elsewhere' };
    expect(privateImage.diff(there.context, state, { ...state, ...change }).replaces).toEqual([
      'starter',
      'tenant',
      'registry',
    ]);
  });

  it('updates when the distribution has something newer', async () => {
    const there = world();
    const state = await created(there, hello);
    there.offered['3.13']!['requests'] = '2.33';
    expect(privateImage.diff(there.context, state, await checked(there, hello, state)).changes).toBe(true);
  });

  it('tries a line again that is planned but was not built', async () => {
    const there = world();
    const state = await created(there, hello);
    const lines = (state['lines'] as Properties[]).map((line) => ({
      ...line,
      status: 'kept',
      error: 'a cut-off download',
    }));
    expect(privateImage.diff(there.context, { ...state, lines }, await checked(there, hello, state)).changes).toBe(
      true,
    );
  });

  it('has nothing to do for a line that cannot be built', async () => {
    const there = world();
    const inputs = { ...hello, packages: ['rich'] };
    const state = await created(there, inputs);
    expect(state['status']).toBe('some lines created');
    expect(privateImage.diff(there.context, state, await checked(there, inputs, state)).changes).toBe(false);
  });
});

describe('create and update', () => {
  it('give the outputs of the image', async () => {
    const there = world();
    const state = await created(there, hello);
    expect(state).toMatchObject({
      status: 'created',
      repository: '/registry/local/hello',
      traceId: 'trace-1',
      createdAt: '2026-11-21T00:00:00.000Z',
      sbomUrls: { '3.13': 'file:///3.13' },
    });
    const { digests, tags, latest } = state as { digests: Properties; tags: Properties; latest: unknown };
    expect(Object.keys(digests)).toEqual(['3.11', '3.13']);
    expect(tags['latest']).toBe(digests['3.13']);
    expect(latest).toBe(digests['3.13']);
    expect(JSON.stringify(state)).toBe(JSON.stringify(JSON.parse(JSON.stringify(state))));
  });

  it('give what is missing where, when one line fails', async () => {
    const there = world();
    const { status, lines } = (await created(there, { ...hello, packages: ['rich'] })) as {
      status: string;
      lines: Properties[];
    };
    expect(status).toBe('some lines created');
    expect(lines.map((line) => line['status'])).toEqual(['failed', 'built']);
    expect(lines[0]?.['error']).toContain('3.11 has no package rich');
    expect(there.messages.filter(({ kind }) => kind === 'warning').at(-1)?.message).toContain('trace-1');
  });

  it("fail with each line's reason and the trace ID when all lines fail", async () => {
    const there = world();
    await expect(created(there, { ...hello, packages: ['nope'] })).rejects.toThrow(
      /3\.11 has no package nope[\s\S]*3\.13 has no package nope[\s\S]*trace-1/u,
    );
  });

  it('keep who owns the image and when it was created, with a trace ID of its own for each run', async () => {
    const there = world();
    const state = await created(there, hello);
    const later = { ...there.context, clock: () => new Date('2027-01-01T00:00:00Z') };
    const inputs = await checked(there, { ...hello, packages: [] }, state);
    const updated = await privateImage.update(later, state, inputs);
    expect(updated).toMatchObject({
      createdAt: state['createdAt'],
      owner: state['owner'],
      traceId: 'trace-2',
      packages: [],
    });
    expect(there.claims).toEqual([
      { owner: 'trace-1', traceId: 'trace-1' },
      { owner: 'trace-1', traceId: 'trace-2' },
    ]);
  });

  it('stay small in the state', async () => {
    const there = world();
    for (const line of ['3.11', '3.12', '3.13', '3.14']) {
      there.offered[line] = Object.fromEntries(
        Array.from({ length: 100 }, (_, index) => [`python3-package-${index}`, `1.${index}-3+deb13u1`]),
      );
    }
    const state = await created(there, { ...hello, packages: Object.keys(there.offered['3.14']!) });
    expect(JSON.stringify(state).length).toBeLessThan(50_000);
  });
});

describe('read', () => {
  it('gives the state of an image that stands as it was left', async () => {
    const there = world();
    const state = await created(there, hello);
    expect(await privateImage.read(there.context, state)).toEqual(state);
  });

  it('gives nothing for an image that is gone', async () => {
    const there = world();
    const state = await created(there, hello);
    there.images.clear();
    expect(await privateImage.read(there.context, state)).toBeUndefined();
  });

  it('finds a moved tag, which the next update mends', async () => {
    const there = world();
    const state = await created(there, hello);
    const image = there.images.get('hello')!;
    there.images.set('hello', { ...image, tags: { ...image.tags, latest: image.tags['3.11']! } });
    const found = await privateImage.read(there.context, state);
    expect(found?.['drift']).toEqual([expect.stringContaining('latest')]);
    expect(privateImage.diff(there.context, found!, await checked(there, hello, state)).changes).toBe(true);
    const mended = await privateImage.update(there.context, found!, await checked(there, hello, state));
    expect(mended).not.toHaveProperty('drift');
  });

  it('remembers a mirror that is behind until it is known not to be', async () => {
    const there = world();
    const sentence = 'the mirror copies.example.com is behind: it fell over';
    there.mirrors = { behind: [sentence] };
    const state = await created(there, hello);
    expect(state).toMatchObject({ status: 'created', drift: [sentence] });
    const inputs = await checked(there, hello, state);
    expect(privateImage.diff(there.context, state, inputs)).toMatchObject({ changes: true, replaces: [] });

    there.mirrors = { behind: [], silent: ['copies.example.com'] };
    expect((await privateImage.read(there.context, state))?.['drift']).toEqual([sentence]);
    there.mirrors = { behind: [], silent: ['other.example.com'] };
    expect(await privateImage.read(there.context, state)).not.toHaveProperty('drift');

    there.mirrors = { behind: [] };
    const after = await privateImage.update(there.context, state, inputs);
    expect(after).not.toHaveProperty('drift');
    expect(privateImage.diff(there.context, after, await checked(there, hello, after)).changes).toBe(false);
  });

  it('keeps the state when the registry cannot be asked', async () => {
    const there = world();
    const state = await created(there, hello);
    there.outage = new PrivateImageError('http/status', 'the registry answered 403', { data: { status: 403 } });
    expect(await privateImage.read(there.context, state)).toEqual(state);
    expect(there.messages.at(-1)).toMatchObject({ kind: 'warning', message: expect.stringContaining('403') });
  });
});

describe('delete', () => {
  it('removes what is its own, where the state says it is', async () => {
    const places: unknown[] = [];
    const there = world();
    const useCases = there.context.useCases;
    const context: ResourceContext = {
      ...there.context,
      useCases: (place) => {
        places.push(place);
        return useCases(place);
      },
    };
    const state = { ...(await created(there, hello)), tenant: '53', registry: '/elsewhere' };
    await privateImage.delete(context, state);
    expect(there.removals).toEqual([{ name: 'hello', starter: 'python', owner: 'trace-1' }]);
    expect(places).toEqual([{ tenant: '53', registry: '/elsewhere' }]);
  });

  it('needs no plan and no mirror', async () => {
    const there = world();
    const { plan: _, ...state } = await created(there, hello);
    there.outage = new PrivateImageError('http/unreachable', 'no network');
    const planned = there.requests.length;
    await privateImage.delete(there.context, state);
    expect(there.requests).toHaveLength(planned);
    expect(there.images.size).toBe(0);
  });
});
