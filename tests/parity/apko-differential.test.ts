import process from 'node:process';
import { afterAll, describe, expect, it } from 'vitest';
import { missingProgram } from '../setup/containers.js';
import { openParityBed } from './apko-bed.js';
import type { ParityCase } from './apko-bed.js';
import { cases, refusals } from './apko-cases.js';
import { readRecorded, recorded, writeRecorded } from './recorded-trees.js';
import type { RecordedTree } from './recorded-trees.js';

// `node tests/parity/record.mjs` sets it: what apko makes is written down instead of compared.
const isRecording = process.env['PRIVATE_IMAGE_RECORD_APKO'] === '1';
const needsApko = missingProgram('apko');

const bed = await openParityBed();
afterAll(() => bed.close());

/** What releases of apko differ in: whether users have a line in /etc/shadow came last. */
const isOld = needsApko === undefined && (await isOldApko());

async function isOldApko(): Promise<boolean> {
  const probe: ParityCase = {
    title: 'a user',
    repositories: { main: [{ name: 'a' }] },
    file: { contents: { packages: ['a'] }, accounts: { users: [{ username: 'u', uid: 7 }] } },
  };
  const { image } = await bed.apko(probe);
  return image?.entries['etc/shadow'] === undefined;
}

/** Ours may be annotated with more. */
function withoutMore(ours: RecordedTree, theirs: RecordedTree): RecordedTree {
  const annotations = Object.entries(ours.annotations).filter(([name]) => theirs.annotations[name] !== undefined);
  return { ...ours, annotations: Object.fromEntries(annotations) };
}

const titled = cases.map((one) => [one.title, one] as const);

describe.skipIf(isRecording)('an image is what apko has made of the same configuration', () => {
  it.each(titled)('%s', { timeout: 60_000 }, async (title, one) => {
    const theirs = await readRecorded(title);
    const ours = await bed.ours(one);
    expect(ours.error).toBeUndefined();
    if (ours.image !== undefined) expect(withoutMore(recorded(ours.image), theirs)).toEqual(theirs);
  });
});

describe.skipIf(isRecording)('what apko refuses is refused', () => {
  it.each(refusals.map(([one, message]) => [one.title, one, message] as const))(
    '%s',
    { timeout: 60_000 },
    async (_, one, message) => {
      const { image, error } = await bed.ours(one);
      expect(image).toBeUndefined();
      expect(error).toMatch(message);
    },
  );
});

describe.skipIf(needsApko !== undefined)(
  `the apko of this machine${needsApko === undefined ? '' : ` (${needsApko})`}`,
  () => {
    for (const [title, one] of titled) {
      const isOtherwise = isOld && one.isNewer === true;
      const name = `makes the same as it did: ${title}`;
      it.skipIf(isOtherwise)(isOtherwise ? `${name} (needs a newer apko)` : name, { timeout: 60_000 }, async () => {
        const { image, error } = await bed.apko(one);
        expect(error).toBeUndefined();
        if (image === undefined) return;
        if (isRecording) await writeRecorded(title, recorded(image));
        expect(recorded(image)).toEqual(await readRecorded(title));
      });
    }

    it.each(refusals.map(([one]) => [one.title, one] as const))('refuses %s', { timeout: 60_000 }, async (_, one) => {
      expect((await bed.apko(one)).image).toBeUndefined();
    });
  },
);
