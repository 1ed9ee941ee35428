import { digestSchema } from '../support/digest-schema.js';
import { type Digest, digestOf } from '../support/digest.js';
import { isPrivateImageError, PrivateImageError } from '../support/errors.js';
import type { Store } from '../store/store.js';
import { type LinePlan, type Plan, planVersion } from './plan.js';
import type { LineVariant } from './variant.js';

/**
 * The identity of a plan or of one line of it, as canonical JSON: all of it but the places that archives are fetched from, so that
 * another mirror of the same packages gives the same plan.
 */
export function identityOf(plan: Plan | LinePlan | LineVariant): string {
  return `${JSON.stringify(plan, withoutUrl, 1)}\n`;
}

/** A replacer for JSON. Only an archive's own address goes: an environment may have a key `url` as well. */
function withoutUrl(key: string, value: unknown): unknown {
  return key === 'archive' && typeof value === 'object' ? { ...value, url: undefined } : value;
}

/** Keeps a plan and gives the digest of its identity, under which it is found again. */
export async function keepPlan(store: Store, plan: Plan): Promise<Digest> {
  const digest = digestOf(identityOf(plan));
  const whole = Buffer.from(JSON.stringify(plan));
  // Most plans are what they were: reading again what is kept costs less than writing it, and mends what is damaged as well.
  const kept = await store.recall('plan', digest, digestSchema);
  if (kept !== undefined && kept === digestOf(whole) && (await isWhole(store, kept))) return digest;
  const { digest: content } = await store.put(whole);
  await store.remember('plan', digest, content);
  return digest;
}

async function isWhole(store: Store, digest: Digest): Promise<boolean> {
  try {
    await store.read(digest);
    return true;
  } catch (error) {
    if (isPrivateImageError(error, 'store/corrupt', 'store/missing')) return false;
    throw error;
  }
}

/** The plan that was kept under `digest`. Throws `plan/missing` when the cache has lost it. */
export async function loadPlan(store: Store, digest: Digest): Promise<Plan> {
  const whole = await store.recall('plan', digest, digestSchema);
  if (whole !== undefined && (await store.has(whole))) {
    // Our own JSON under its own digest: `read` has just hashed it again.
    const plan = JSON.parse((await store.read(whole)).toString('utf8')) as Plan | { readonly version: 1 };
    if (plan.version === planVersion) return plan;
  }
  throw new PrivateImageError<'plan/missing'>('plan/missing', `The plan ${digest} is not in the cache`, {
    hint: 'The cache was emptied, or this program made newer, between planning and building: run again and it is planned anew.',
    data: { digest },
  });
}
