import { z } from 'zod';
import type { Architecture } from '../packages/package.js';
import {
  absolutePath,
  accountName,
  accountNumber,
  environment,
  packageRequest,
  permissionBits,
  statedPath,
  text,
  textOrNumber,
} from './fields.js';

const archByName: Readonly<Record<string, readonly Architecture[]>> = {
  all: ['amd64', 'arm64'],
  amd64: ['amd64'],
  x86_64: ['amd64'],
  arm64: ['arm64'],
  aarch64: ['arm64'],
};

/** Registries and runtimes are at ease with these. */
const mostLayers = 120;

const user = z
  .strictObject({
    username: accountName,
    uid: accountNumber,
    gid: accountNumber.optional(),
    shell: z.string().optional(),
    homedir: statedPath.optional(),
  })
  .transform(({ username, uid, gid, shell, homedir }) => ({
    name: username,
    uid,
    gid: gid ?? uid,
    homeDir: homedir,
    shell,
  }));

const group = z
  .strictObject({ groupname: accountName, gid: accountNumber, members: z.array(accountName).default([]) })
  .transform(({ groupname, gid, members }) => ({ name: groupname, gid, members }));

const accounts = z
  .strictObject({
    'run-as': textOrNumber.optional(),
    users: z.array(user).default([]),
    groups: z.array(group).default([]),
  })
  .transform(({ users, groups, ...rest }) => ({ runAs: rest['run-as'], users, groups }));

/** A path of an image; apko lets the leading slash be left out. */
const imagePath = z
  .string()
  .transform((value) => (value.startsWith('/') ? value : `/${value}`))
  .pipe(absolutePath);

const pathMutation = z
  .strictObject({
    path: imagePath,
    type: z.enum(['directory', 'empty-file', 'hardlink', 'symlink', 'permissions']),
    uid: accountNumber.optional(),
    gid: accountNumber.optional(),
    permissions: permissionBits.optional(),
    source: z.string().optional(),
    recursive: z.boolean().default(false),
  })
  .transform(({ uid, gid, permissions, source, ...rest }) => ({
    ...rest,
    uid: uid ?? 0,
    gid: gid ?? 0,
    keepsOwner: uid === undefined && gid === undefined,
    permissions,
    source,
  }))
  .superRefine(({ type, source }, context) => {
    const isLink = type === 'hardlink' || type === 'symlink';
    if (isLink && (source === undefined || source === '')) {
      context.addIssue({ code: 'custom', path: ['source'], message: `a ${type} needs a source: what it points to` });
    }
  });

const entrypoint = z
  .strictObject({
    // apko takes any type, and knows one.
    type: z.string().default(''),
    command: text.optional(),
    'shell-fragment': text.optional(),
    // Without any, packages bring those that a bundle runs.
    services: z.record(z.string(), text).default({}),
  })
  .transform(({ type, command, services, ...rest }) => ({
    type: type === 'service-bundle' ? ('service-bundle' as const) : ('command' as const),
    // A shell fragment wins over a command.
    command: rest['shell-fragment'] === undefined ? command : undefined,
    shellFragment: rest['shell-fragment'],
    services,
  }));

const repository = text.refine((value) => !/[\s]$|^[\s]/.test(value), 'must not begin or end with a space');

/** A certificate is written to a file of its name, to which its fingerprint is added. */
const certificateName = z
  .string()
  .regex(/^[A-Za-z0-9_-][A-Za-z0-9_.-]*$/, 'must be the beginning of a file name: letters, digits, "_", "-", "."');

/** What an image is made from, as written in a file. */
export const contents = z
  .strictObject({
    repositories: z.array(repository).default([]),
    build_repositories: z.array(repository).default([]),
    runtime_repositories: z.array(repository).default([]),
    keyring: z.array(text).default([]),
    packages: z.array(packageRequest).default([]),
    baseimage: z.never('a base image is not supported: name the packages instead').optional(),
  })
  .transform((value) => ({
    repositories: value.repositories,
    buildRepositories: value.build_repositories,
    runtimeRepositories: value.runtime_repositories,
    keyring: value.keyring,
    packages: value.packages,
  }));

const archs = z
  .array(z.string())
  .transform((names) => ({
    architectures: [...new Set(names.flatMap((name) => archByName[name] ?? []))].sort(),
    otherArchitectures: names.filter((name) => archByName[name] === undefined),
  }))
  .refine(
    ({ architectures, otherArchitectures }) => architectures.length > 0 || otherArchitectures.length === 0,
    'must have amd64 or arm64: images are built for these',
  );

const port = textOrNumber
  .transform((value) => (value.includes('/') ? value : `${value}/tcp`))
  .refine((value) => {
    const found = /^(\d{1,5})\/(?:tcp|udp|sctp)$/.exec(value);
    return found !== null && Number(found[1]) >= 1 && Number(found[1]) <= 65_535;
  }, 'must be a port, as 8080 or 8080/tcp');

/** apko takes any number: without one there is one layer of packages, and registries take no more than these. */
const layerBudget = z
  .int()
  .min(0)
  .transform((budget) => Math.min(Math.max(budget, 1), mostLayers));

const signal = textOrNumber.refine(
  (value) => /^(?:SIG[A-Z]+[A-Z0-9+-]*|[A-Z]+[0-9]?|\d{1,2})$/.test(value),
  'must be a signal, as SIGTERM',
);

/**
 * The image part of a file, key by key: apko's names and meaning
 * (https://github.com/chainguard-dev/apko/blob/main/docs/apko_file.md), and `ports`, which is ours. What stands here and is
 * left out of a file takes apko's default.
 */
export const imageShape = {
  contents: contents.optional(),
  accounts: accounts.optional(),
  paths: z.array(pathMutation).optional(),
  entrypoint: entrypoint.optional(),
  cmd: z.string().optional(),
  'work-dir': statedPath.optional(),
  environment: environment.optional(),
  volumes: z.array(statedPath).optional(),
  ports: z.array(port).optional(),
  'stop-signal': signal.optional(),
  annotations: z.record(text, textOrNumber).optional(),
  archs: archs.optional(),
  layering: z
    .strictObject({ strategy: z.enum(['', 'origin']).default('origin'), budget: layerBudget.optional() })
    .optional(),
  'vcs-url': text.optional(),
  certificates: z
    .strictObject({
      providers: z.array(text).default([]),
      additional: z.array(z.strictObject({ name: certificateName, content: text })).default([]),
    })
    .optional(),
  include: z.string().optional(),
};

/** The image part as it stands in a file, each key checked and still optional. */
export type ImageFile = z.output<z.ZodObject<typeof imageShape>>;
