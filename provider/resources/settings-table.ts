import { z } from 'zod';
import { architectures } from '../packages/package.js';
import { isRegistrySetting, parseRegistryReference } from '../registry/distribution/reference.js';
import { isPrivateImageError } from '../support/errors.js';
import { readRegistryAuth } from './registry-auth.js';
import { readRepositoryAuth } from './repository-auth.js';

const text = z.string().min(1, 'is empty');
const word = text.regex(
  /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/u,
  'may hold only a-z and 0-9, with single ".", "_" or "-" between: it stands in the path of every image',
);
/** Entries with `separator` between, or as JSON. */
const listOf = (separator: RegExp) =>
  text.transform((value, context) => {
    if (!value.trimStart().startsWith('['))
      return value
        .split(separator)
        .map((item) => item.trim())
        .filter((item) => item !== '');
    const parsed = z.array(z.string()).safeParse(parseJson(value));
    if (parsed.success) return parsed.data;
    context.addIssue('is no list: write a,b or ["a","b"]');
    return z.NEVER;
  });
const list = listOf(/,/u);
/** Passwords may hold commas: only one that an address, or a place and "=", follow begins another entry. */
const credentialList = listOf(/,(?=\s*(?:https?:\/\/|[^\s,=]*=|$))/u);
const flag = text.transform((value, context) => {
  if (['true', '1', 'yes'].includes(value)) return true;
  if (['false', '0', 'no'].includes(value)) return false;
  context.addIssue('is neither true nor false');
  return z.NEVER;
});
const url = text.refine(
  (value) => URL.canParse(value) && ['http:', 'https:', 'file:'].includes(new URL(value).protocol),
  'is no http, https or file URL',
);

const place = text.superRefine((value, context) => {
  const fault = registryFault(value);
  if (fault !== undefined) context.addIssue(fault);
});
const service = text.refine(
  (value) => URL.canParse(value) && ['http:', 'https:'].includes(new URL(value).protocol),
  'is no http or https URL',
);

/** The one table of settings: name, rule, what it is for, and an example. Documentation, schemas and checks are made from it. */
export const settingsTable = {
  tenant: {
    rule: word,
    standard: '`local`',
    description: "The organisation's identifier: it stands before every image's name.",
    example: '53',
  },
  registry: {
    rule: place,
    standard: '`.private-image/registry` in the program’s folder',
    description:
      'Where images are published: a registry, as `registry.example.com/team`, or the folder of the embedded one. `http://` before a host stands for a registry without TLS.',
    example: 'registry.example.com/team',
  },
  registryAuth: {
    rule: credentialList.transform((entries, context) => {
      const { credentials, faults } = readRegistryAuth(entries);
      for (const fault of faults) context.addIssue(fault);
      return faults.length === 0 ? credentials : z.NEVER;
    }),
    standard: 'what docker and podman are logged in with',
    description:
      'What registries ask for: a list of `host/path=basic user:password`, `host/path=token TOKEN` and `host/path=identity TOKEN`. It comes before the credentials of docker and podman.',
    secret: true,
    form: 'list',
    example: ['registry.example.com/team=basic ci:secret'],
  },
  registryCertificates: {
    rule: text,
    standard: "the system's",
    description: 'A PEM file with certificate authorities that registries are trusted by as well.',
    example: '/etc/ssl/company.pem',
  },
  registryClientCertificate: {
    rule: text,
    standard: 'none',
    description: 'A PEM file with the certificate that registries are shown.',
    example: 'client.pem',
  },
  registryClientKey: {
    rule: text,
    standard: 'none',
    description: 'A PEM file with the private key of that certificate.',
    example: 'client.key',
  },
  insecureRegistries: {
    rule: list.pipe(
      z.array(z.string().regex(/^[a-z0-9.[\]:-]+$/iu, 'has an entry that is no host: write localhost:5000')),
    ),
    standard: 'none',
    description: 'Hosts of registries that are spoken to without TLS, as `localhost:5000`.',
    form: 'list',
    example: ['localhost:5000'],
  },
  mirrorRegistries: {
    rule: list.pipe(z.array(place)),
    standard: 'none',
    description:
      'Further registries or folders that have the same images, published after the first. One that fails is warned of, and the next update goes on with it.',
    form: 'list',
    example: ['mirror.example.com/team'],
  },
  retention: {
    rule: text.transform(Number).pipe(z.int('is no whole number').min(0, 'is less than 0')),
    standard: 'all',
    description:
      'How many old digests of each line and variant stay in the registry; older ones that only their timestamp tags point to are deleted.',
    form: 'number',
    example: 10,
  },
  signing: {
    rule: z.enum(['none', 'key', 'keyless'], 'is none of none, key and keyless'),
    standard: '`key` where there is a `signingKey`, else `none`',
    description:
      'How images and SBOMs are signed: with a key pair, or with a short-lived certificate for an identity token (keyless).',
    example: 'key',
  },
  signingKey: {
    rule: text,
    standard: 'none',
    description: 'The private key that images are signed with: PEM, or the path of a file. Keys of cosign are taken.',
    secret: true,
    example: 'cosign.key',
  },
  signingKeyPassword: {
    rule: z.string(),
    standard: 'none',
    description: 'The password of that key.',
    secret: true,
    example: 'secret',
  },
  identityToken: {
    rule: text,
    standard: '`SIGSTORE_ID_TOKEN`, or what GitHub Actions hands out',
    description: 'The OIDC token that stands for you when images are signed without a key.',
    secret: true,
    example: 'eyJhbGciOi…',
  },
  fulcioUrl: {
    rule: service,
    standard: 'the public one of sigstore',
    description: 'The authority that certifies identities.',
    example: 'https://fulcio.example.com',
  },
  rekorUrl: {
    rule: z.union([z.literal('none'), service], 'is neither none nor an http or https URL'),
    standard: 'none with a key; the public one of sigstore without',
    description: 'The transparency log that signatures are entered in, or `none`.',
    example: 'none',
  },
  timestampUrl: {
    rule: service,
    standard: 'none',
    description: 'The authority that certifies the time of a signature.',
    example: 'https://tsa.example.com/api/v1/timestamp',
  },
  signatureTags: {
    rule: flag,
    standard: '`false`',
    description: 'Whether signatures are also kept under the tags `.sig` and `.att`, for older tools.',
    form: 'flag',
    example: true,
  },
  distribution: {
    rule: word,
    standard: '`debian`',
    description: 'The distribution that starters are taken from.',
    example: 'alpine',
  },
  catalogs: {
    rule: list,
    standard: 'none',
    description: 'Folders with starters of your own, merged over the built-in catalog.',
    form: 'list',
    example: ['./starters'],
  },
  debianMirror: {
    rule: url,
    standard: "the machine's own apt sources, else Debian's public host",
    description: 'The Debian mirror for releases and updates.',
    example: 'https://mirror.example.com/debian',
  },
  debianSecurityMirror: {
    rule: url,
    standard: "the machine's own apt sources, else Debian's public host",
    description: 'The Debian mirror for security updates.',
    example: 'https://mirror.example.com/debian-security',
  },
  alpineMirror: {
    rule: url,
    standard: "Alpine's public host",
    description: 'The Alpine mirror.',
    example: 'https://mirror.example.com/alpine',
  },
  wolfiMirror: {
    rule: url,
    standard: "Wolfi's public host",
    description: 'The Wolfi repository.',
    example: 'https://mirror.example.com/wolfi',
  },
  repositoryAuth: {
    rule: credentialList.transform((entries, context) => {
      const { credentials, faults } = readRepositoryAuth(entries);
      for (const fault of faults) context.addIssue(fault);
      return faults.length === 0 ? credentials : z.NEVER;
    }),
    standard: 'none',
    description:
      'What private package repositories ask for: a list of `https://host/path=basic user:password` and `https://host/path=bearer token`, each for all that lies under its URL.',
    secret: true,
    form: 'list',
    example: ['https://packages.example.com=bearer TOKEN'],
  },
  architectures: {
    rule: list.pipe(z.array(z.enum(architectures, `knows only ${architectures.join(' and ')}`)).min(1, 'is empty')),
    standard: architectures.map((name) => `\`${name}\``).join(', '),
    description: 'The architectures that images are built for.',
    form: 'list',
    example: ['amd64'],
  },
  devVariants: {
    rule: flag,
    standard: '`true`',
    description: 'Whether each line has a dev variant, with shell and package manager, beside the production one.',
    form: 'flag',
    example: false,
  },
  documentation: {
    rule: flag,
    standard: '`false`',
    description: 'Whether images hold the documentation, manual pages and translations of their packages.',
    form: 'flag',
    example: true,
  },
  cache: {
    rule: text,
    standard: '`pulumi-private-image` in `XDG_CACHE_HOME`, else in `~/.cache`',
    description: 'The folder of the content-addressed store. It can be deleted at any time.',
    example: '/var/cache/private-image',
  },
  checkValidUntil: {
    rule: flag,
    standard: '`true`',
    description: 'Whether a repository index past its Valid-Until is refused.',
    form: 'flag',
    example: false,
  },
  concurrency: {
    rule: text.transform(Number).pipe(z.int('is no whole number').min(1, 'is less than 1').max(64, 'is more than 64')),
    standard: '`8`',
    description: 'Most packages that are fetched or processed at the same time.',
    form: 'number',
    example: 4,
  },
  forbidSecretsInImages: {
    rule: flag,
    standard: '`false`',
    description:
      'Whether a secret value in the environment, the packages, the files or the description of an image is refused. Everyone who can pull an image can read it; there is a warning otherwise.',
    form: 'flag',
    example: true,
  },
} as const;

/** What is wrong with the name of a registry, in words without a password that it may hold; undefined for a folder. */
function registryFault(value: string): string | undefined {
  if (!isRegistrySetting(value)) return undefined;
  try {
    parseRegistryReference(value);
    return undefined;
  } catch (error) {
    return isPrivateImageError(error) ? `names no registry: ${error.message}` : 'names no registry';
  }
}

function parseJson(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
