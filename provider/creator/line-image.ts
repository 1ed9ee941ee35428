import type { ConfigurationFile } from '../catalog/starter.js';
import type { Digest } from '../support/digest.js';
import { inParallel } from '../support/in-parallel.js';
import type { Bundle } from './bundle-manifest.js';
import {
  bundlesAnnotation,
  descriptionAnnotation,
  distributionLabel,
  lineLabel,
  nameLabel,
  privateImageLabel,
  starterLabel,
  tenantLabel,
  titleAnnotation,
  variantLabel,
  versionAnnotation,
} from './annotations.js';
import type { Creator } from './creator.js';
import type { LineImage, PlannedFile } from './plan.js';
import type { ImageRequest } from './request.js';
import { toolVersion } from './tool-version.js';

/** Most layers of an image unless its starter says otherwise: registries and runtimes are at ease with it. */
const defaultLayerBudget = 100;

/** The line that an image is made for, with the starter's placeholders filled in. */
export interface StarterLine {
  readonly starter: ConfigurationFile;
  readonly line: string;
  readonly version: string;
  readonly suite: string;
  readonly distribution: LineImage['distribution'];
  readonly apk: LineImage['apk'];
}

/** All of a line's images that is not packages. Puts the starter's own files into the store. */
export async function lineImage(
  creator: Creator,
  of: StarterLine,
  request: ImageRequest,
  bundles: readonly Bundle[],
): Promise<LineImage> {
  const { starter } = of;
  const labels = labelsOf(creator, of, request);
  const fileBundles = bundles.map((bundle) => `${creator.settings.tenant}/${bundle.name}@${bundle.digest}`).sort();
  return {
    configuration: {
      ...starter.configuration,
      environment: { ...starter.configuration.environment, ...sorted(request.environment) },
    },
    replacements: [...starter.replacements, ...setuidOf(request)],
    handledScripts: starter.handledScripts,
    exclude: [...documentationOf(creator, starter), ...starter.exclude],
    // An apko configuration says itself what is in its image.
    allow: starter.distribution === undefined ? undefined : starter.allow,
    apk: of.apk,
    packageManager: undefined,
    starterFiles: await inParallel(starter.files, (file) => keepFile(creator, file)),
    files: bundles.filter((bundle) => bundle.type === 'other').flatMap(plannedFiles),
    certificates: bundles.filter((bundle) => bundle.type === 'certificates').flatMap(plannedCertificates),
    fileBundles,
    distribution: of.distribution,
    catalogVersion: toolVersion(),
    // An image of an apko configuration is what its file says and no more.
    labels: of.apk?.file === undefined ? labels : {},
    annotations: {
      ...labels,
      ...starter.configuration.annotations,
      ...(fileBundles.length === 0 ? {} : { [bundlesAnnotation]: fileBundles.join(' ') }),
    },
    layerBudget: starter.layerBudget ?? defaultLayerBudget,
  };
}

/**
 * What the dev variant is beside its packages: as production, user and entrypoint too, but whole packages, a package manager that
 * knows its repositories, and no word about shells.
 */
export function devImage(
  creator: Creator,
  production: LineImage,
  starter: ConfigurationFile,
  packageManager: LineImage['packageManager'],
): LineImage {
  const { dev } = starter;
  const { apk, labels, annotations, replacements, handledScripts } = production;
  const variant = { [variantLabel]: 'dev' };
  return {
    ...production,
    replacements: [...replacements, ...dev.replacements],
    handledScripts: [...handledScripts, ...dev.handledScripts],
    exclude: documentationOf(creator, starter),
    allow: undefined,
    apk: apk === undefined ? undefined : { ...apk, requests: [...new Set([...apk.requests, ...dev.packages])] },
    packageManager,
    labels: sorted({ ...labels, ...variant }),
    annotations: { ...annotations, ...variant },
  };
}

/** The same again in each form would be another plan. */
function setuidOf({ setuidPrograms }: ImageRequest): LineImage['replacements'] {
  return [...new Set(setuidPrograms)].sort().map((path) => ({ kind: 'setuid', path }));
}

function documentationOf({ settings }: Creator, { documentation }: ConfigurationFile): readonly string[] {
  return settings.documentation ? [] : documentation;
}

function labelsOf(creator: Creator, of: StarterLine, request: ImageRequest): Readonly<Record<string, string>> {
  return sorted({
    [titleAnnotation]: `${creator.settings.tenant}/${request.name}`,
    [versionAnnotation]: of.version,
    ...(request.description === undefined ? {} : { [descriptionAnnotation]: request.description }),
    [privateImageLabel]: 'true',
    [tenantLabel]: creator.settings.tenant,
    [nameLabel]: request.name,
    [starterLabel]: of.starter.name,
    [lineLabel]: of.line,
    [distributionLabel]: `${of.distribution.id} ${of.suite}`,
  });
}

async function keepFile(
  creator: Creator,
  file: { readonly path: string; readonly content: string; readonly permissions: number },
): Promise<PlannedFile> {
  return { path: file.path, mode: file.permissions, ...(await creator.store.put(file.content)) };
}

/** The files of a bundle with their places in an image. */
export function filesOfBundle(
  bundle: Bundle,
): readonly { readonly path: string; readonly digest: Digest; readonly size: number }[] {
  const folder = bundle.path.replace(/\/+$/u, '');
  return bundle.files.map(({ name, digest, size }) => {
    const file = bundle.type === 'certificates' ? certificateName(bundle, name) : name;
    return { path: `${folder}/${file}`, digest, size };
  });
}

function plannedFiles(bundle: Bundle): readonly PlannedFile[] {
  return filesOfBundle(bundle).map((file) => ({ ...file, mode: 0o644 }));
}

function plannedCertificates(bundle: Bundle): LineImage['certificates'] {
  return bundle.files.map(({ name, digest, size }) => ({ name: certificateName(bundle, name), digest, size }));
}

/** update-ca-certificates takes names that end in `.crt`. The bundle's name, which has no `_`, keeps two bundles apart. */
function certificateName(bundle: Bundle, name: string): string {
  return `${bundle.name}_${name.replace(/\.(?:crt|pem|cer|der)$/iu, '')}.crt`;
}

function sorted(record: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(record).sort(([left], [right]) => (left < right ? -1 : 1)));
}
