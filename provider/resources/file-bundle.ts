import { isUtf8 } from 'node:buffer';
import type { PublishedBundle } from '../creator/published.js';
import { describeError, PrivateImageError } from '../support/errors.js';
import { type CertificateFacts, lookForCertificates } from './certificates.js';
import { type CheckedBundle, formFaults, readFileBundle } from './file-bundle-schema.js';
import type { FileSources } from './file-content.js';
import { importId } from './image-read.js';
import { isReplacement, noteFormer, rivalFaults, tellStays, tellTakeover } from './ownership.js';
import { placeOf } from './place.js';
import { propertyChanges } from './property-changes.js';
import type {
  CheckResult,
  DiffResult,
  ImportedResource,
  Place,
  Properties,
  Resource,
  ResourceContext,
} from './resource.js';
import { secretFaults } from './secrets.js';
import { holdsUnknown, withoutUndefined } from './unknown.js';

export type BundleErrorCode = 'bundle/changed' | 'bundle/invalid';

/** A versioned set of files that private images include (SPECIFICATION, file bundle). */
export const fileBundle: Resource = {
  form: formFaults,
  check,
  diff,
  preview,
  create,
  read,
  import: importBundle,
  foresee: (context, olds) => tellTakeover(context, 'bundle', olds, ownerOf(olds)),
  update,
  delete: remove,
};

/** Inputs whose change needs a new bundle. */
const identity = ['name', 'tenant', 'registry'];
/** What check finds out of the files: known in a preview, so that images can be planned with it. */
const derived = ['reference', 'version', 'contents', 'certificates'];
/** A certificate that is valid for fewer days gets a warning. */
const soon = 30;

async function check(context: ResourceContext, olds: Properties, news: Properties): Promise<CheckResult> {
  noteFormer(context, 'bundle', olds);
  const checked = await readFileBundle(news, context.unknown, sourcesOf(context, context.place));
  const failures = [
    ...checked.failures,
    ...secretFaults(context, ['files', 'description'], 'the bundle, or an image with it,'),
    ...rivalFaults(context, 'bundle', news),
  ];
  if (failures.length > 0) return { inputs: news, failures };
  for (const certificate of checked.certificates) warnOfExpiry(context, certificate);
  const { tenant, registry } = context.place;
  const inputs = { ...news, tenant, registry };
  if (context.preview && Object.keys(olds).length === 0) await tellTakeover(context, 'bundle', inputs, undefined);
  if (checked.request === undefined) {
    return { inputs: { ...inputs, ...Object.fromEntries(derived.map((key) => [key, context.unknown])) }, failures: [] };
  }
  try {
    const planned = await context.useCases(context.place).planBundle(checked.request);
    const path = checked.request.path;
    return { inputs: { ...inputs, path, ...findings(planned, checked.certificates) }, failures: [] };
  } catch (error) {
    return { inputs: news, failures: [{ property: '', reason: describeError(error) }] };
  }
}

function sourcesOf({ workingDirectory, useCases }: ResourceContext, place: Place): FileSources {
  return { workingDirectory, fetch: (url, most) => useCases(place).fetchFile(url, most) };
}

function findings(bundle: PublishedBundle, certificates: CheckedBundle['certificates']): Properties {
  const contents = Object.fromEntries(bundle.files.map(({ name, size, digest }) => [name, { size, digest }]));
  const found = { reference: bundle.reference, version: bundle.version, contents, certificates };
  return withoutUndefined(found) as Properties;
}

function warnOfExpiry(context: ResourceContext, certificate: CertificateFacts & { readonly file: string }): void {
  const days = Math.floor((Date.parse(certificate.validTo) - context.clock().getTime()) / 86_400_000);
  if (days >= soon) return;
  const when =
    days < 0 ? `has expired on ${certificate.validTo}` : `expires in ${days} days, on ${certificate.validTo}`;
  context.log({ kind: 'warning', message: `${certificate.file}: the certificate of ${certificate.subject} ${when}` });
}

function diff(context: ResourceContext, olds: Properties, news: Properties): DiffResult {
  const keys = [...identity, 'type', 'path', 'description', 'contents', 'reference'];
  const unfinished: DiffResult['detailed'] =
    typeof olds['unfinished'] === 'string' ? { unfinished: { kind: 'delete', in: 'state' } } : {};
  const inputs = propertyChanges(olds, news, { keys, unordered: new Set(), in: 'inputs' });
  const detailed = { ...inputs, ...unfinished };
  const replaces = identity.filter((key) => key in detailed);
  return {
    changes: Object.keys(detailed).length > 0 || holdsUnknown(news, context.unknown),
    replaces,
    deleteBeforeReplace: false,
    detailed,
    stables: replaces.length > 0 ? [] : [...identity, 'owner'],
  };
}

async function preview(
  context: ResourceContext,
  inputs: Properties,
  olds: Properties | undefined,
): Promise<Properties> {
  await tellTakeover(context, 'bundle', olds ?? inputs, ownerOf(olds ?? {}));
  return inputs;
}

async function create(
  context: ResourceContext,
  inputs: Properties,
): Promise<{ readonly id: string; readonly outputs: Properties }> {
  const outputs = await publish(context, inputs, undefined);
  return { id: idOf(placeOf(inputs, context.place), inputs), outputs };
}

function idOf({ tenant }: Place, inputs: Properties): string {
  return `${tenant}/${String(inputs['name'])}`;
}

function update(context: ResourceContext, olds: Properties, news: Properties): Promise<Properties> {
  return publish(context, news, ownerOf(olds));
}

function ownerOf(state: Properties): string | undefined {
  return typeof state['owner'] === 'string' ? state['owner'] : undefined;
}

/** Publishes exactly what check has seen. A bundle without an owner gets one, for life. */
async function publish(context: ResourceContext, inputs: Properties, known: string | undefined): Promise<Properties> {
  const written = Object.fromEntries(
    Object.entries(inputs).filter(
      ([key]) => !derived.includes(key) && key !== 'tenant' && key !== 'registry' && !key.startsWith('__'),
    ),
  );
  const place = placeOf(inputs, context.place);
  const checked = await readFileBundle(written, context.unknown, sourcesOf(context, place));
  const name = String(inputs['name']);
  if (checked.request === undefined) {
    const reasons = checked.failures.map(({ property, reason }) => `${property}: ${reason}`).join('; ');
    throw new PrivateImageError<BundleErrorCode>(
      'bundle/invalid',
      `The file bundle ${name} can no longer be read: ${reasons}`,
    );
  }
  const useCases = context.useCases(place);
  const { reference } = await useCases.planBundle(checked.request);
  if (reference !== inputs['reference']) {
    throw new PrivateImageError<BundleErrorCode>(
      'bundle/changed',
      `The files of the bundle ${name} changed while it was published`,
      {
        hint: 'Run `pulumi up` again.',
        data: { bundle: name },
      },
    );
  }
  const traceId = context.newTraceId();
  const owner = known ?? traceId;
  const isExpected = known === undefined && isReplacement(context, 'bundle', inputs);
  const claim = { owner, traceId, ...(isExpected ? { isReplacement: true } : {}) };
  const outputs = (bundle: PublishedBundle): Properties => ({
    ...inputs,
    ...findings(bundle, checked.certificates),
    owner,
  });
  let there: PublishedBundle | undefined;
  const keep = (reason: string): void => {
    if (there !== undefined)
      context.keep({ id: idOf(place, inputs), outputs: { ...outputs(there), unfinished: reason } });
  };
  try {
    return outputs(
      await useCases.publishBundle(checked.request, claim, (told) => {
        there = told;
        keep('It was stopped before it was done');
      }),
    );
  } catch (error) {
    keep(describeError(error));
    throw error;
  }
}

async function read(context: ResourceContext, state: Properties): Promise<Properties | undefined> {
  const { reference, name } = state;
  if (typeof reference !== 'string') {
    context.log({
      kind: 'warning',
      message: `The state of the file bundle ${String(name)} does not say which version of it is published: it is kept as it is, and the next \`pulumi up\` publishes it`,
    });
    return state;
  }
  try {
    const found = await context.useCases(placeOf(state, context.place)).readBundle(reference);
    return found === undefined ? undefined : state;
  } catch (error) {
    // Not to know is no news: only what is definitely gone leaves the state.
    context.log({
      kind: 'warning',
      message: `${reference} could not be looked at, and is kept as it was: ${describeError(error)}`,
    });
    return state;
  }
}

/**
 * The bundle of a reference in the registry, for a program that takes it over. Its text files are in the inputs as they are; others have to
 * be written into the program by hand. Throws `import/malformed-id`, `bundle/unknown`.
 */
async function importBundle(context: ResourceContext, id: string): Promise<ImportedResource | undefined> {
  const { tenant, name: version } = importId(id, context);
  const reference = `${tenant}/${version}`;
  const useCases = context.useCases(context.place);
  const bundle = await useCases.readBundle(reference);
  if (bundle === undefined) return undefined;
  const { name, type, path, description, files } = await useCases.readBundleRequest(reference);
  const contents = Object.entries(files).map(([file, content]) => [file, Buffer.from(content)] as const);
  const certificates = contents.flatMap(([file, content]) => {
    const found = lookForCertificates(content);
    return found.kind === 'certificates' ? found.certificates.map((facts) => ({ file, ...facts })) : [];
  });
  const texts = contents.filter(([, content]) => isUtf8(content)).map(([file, content]) => [file, content.toString()]);
  const given = withoutUndefined({ name, type, path, description }) as Properties;
  return {
    id: `${tenant}/${name}`,
    inputs: { ...given, files: Object.fromEntries(texts) },
    outputs: { ...given, ...context.place, ...findings(bundle, certificates) },
  };
}

async function remove(context: ResourceContext, state: Properties): Promise<void> {
  if (typeof state['reference'] !== 'string') return;
  const useCases = context.useCases(placeOf(state, context.place));
  if (!(await useCases.removeBundle(state['reference'], ownerOf(state)))) tellStays(context, 'bundle', state);
}
