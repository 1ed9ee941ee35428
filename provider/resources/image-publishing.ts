import { z } from 'zod';
import type { Publishing } from '../creator/publishing.js';
import { planDigest } from './image-plan.js';
import { propertyChanges } from './property-changes.js';
import type { Properties, PropertyChange, ResourceContext } from './resource.js';

const publishingSchema = z.object({
  signing: z.enum(['none', 'key', 'keyless']),
  signer: z.string().optional(),
  logged: z.literal(true).optional(),
  signatureTags: z.literal(true).optional(),
  mirrors: z.array(z.string()).default([]),
  retention: z.number().optional(),
});

type KeptPublishing = z.output<typeof publishingSchema>;

const comparison = {
  keys: ['signing', 'signer', 'logged', 'signatureTags', 'mirrors', 'retention'] satisfies (keyof Publishing)[],
  unordered: new Set(['mirrors']),
  in: 'inputs',
} as const;

/**
 * What differs in how an image is published: an update then signs and mirrors what stands. Nothing differs from a state that does not say
 * how it was published, as those of older versions: what is not known is no reason to write.
 */
export function publishingChanges(olds: Properties, news: Properties): Readonly<Record<string, PropertyChange>> {
  const [before, after] = comparable(olds, news) ?? [{}, {}];
  const changes = Object.entries(propertyChanges(before, after, comparison));
  return Object.fromEntries(changes.map(([path, change]) => [`publishing.${path}`, change]));
}

/**
 * A state that says how its image was published. An image of an older version has that in its inputs as the engine keeps them, from the
 * first run of this version on, and not in its outputs before it is updated.
 */
export function withPublishing(state: Properties, inputs: Properties): Properties {
  return 'publishing' in state || !('publishing' in inputs) ? state : { ...state, publishing: inputs['publishing'] };
}

/** Tells how what stands will be published from now on, where that changes. */
export function tellPublishing(context: ResourceContext, inputs: Properties, olds: Properties): void {
  const compared = comparable(olds, inputs);
  const sentences = compared === undefined ? [] : [...signingChanges(...compared), ...placeChanges(...compared)];
  if (sentences.length === 0) return;
  const stays = planDigest(olds) === planDigest(inputs) ? ' (the digests stay)' : '';
  context.log({ kind: 'info', message: `${String(inputs['name'])}: ${sentences.join('; ')}${stays}` });
}

/** Before and after, where both are known. A signer that one of them does not know is no difference. */
function comparable(olds: Properties, news: Properties): readonly [KeptPublishing, KeptPublishing] | undefined {
  const before = publishingSchema.safeParse(olds['publishing']).data;
  const after = publishingSchema.safeParse(news['publishing']).data;
  if (before === undefined || after === undefined) return undefined;
  const isOpen = before.signer === undefined || after.signer === undefined;
  if (before.signing !== after.signing || !isOpen) return [before, after];
  return [
    { ...before, signer: undefined },
    { ...after, signer: undefined },
  ];
}

function signingChanges(before: KeptPublishing, after: KeptPublishing): readonly string[] {
  if (after.signing === 'none') {
    return before.signing === 'none' ? [] : ['it is not signed any more: the signatures that are there stay'];
  }
  const by = after.signing === 'key' ? 'key' : 'identity';
  const name = after.signer === undefined ? '' : ` ${after.signer}`;
  const isNew = before.signing === after.signing && before.signer !== after.signer;
  return [
    ...(before.signing === after.signing
      ? []
      : [`it is signed with the ${by}${name}${before.signing === 'none' ? '' : `: ${others}`}`]),
    ...(isNew ? [`it is signed with another ${by},${name}: ${others}`] : []),
    ...(before.logged === after.logged
      ? []
      : [
          after.logged === true
            ? 'its signatures are entered in a transparency log'
            : 'new signatures are entered in no transparency log',
        ]),
    ...(before.signatureTags === after.signatureTags
      ? []
      : [
          after.signatureTags === true
            ? 'its signatures are kept under the older tags as well'
            : 'new signatures are not kept under the older tags any more',
        ]),
  ];
}

const others = 'the signatures that are there stay';

function placeChanges(before: KeptPublishing, after: KeptPublishing): readonly string[] {
  const added = after.mirrors.filter((mirror) => !before.mirrors.includes(mirror));
  const gone = before.mirrors.filter((mirror) => !after.mirrors.includes(mirror));
  return [
    ...added.map((mirror) => `it is mirrored to ${mirror} as well`),
    ...gone.map((mirror) => `it is not mirrored to ${mirror} any more: what is there stays`),
    ...(before.retention === after.retention ? [] : [retentionChange(after.retention)]),
  ];
}

function retentionChange(retention: number | undefined): string {
  if (retention === undefined) return 'all old digests of each line and variant are kept from now on';
  return `${retention} old ${retention === 1 ? 'digest' : 'digests'} of each line and variant ${retention === 1 ? 'is' : 'are'} kept, older ones are deleted`;
}
