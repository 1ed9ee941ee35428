import path from 'node:path';
import { planBundle, publishBundle, readBundle, removeBundle } from '../creator/bundles.js';
import type { Creator } from '../creator/creator.js';
import { type OpenCreator, openCreator, type Surroundings } from '../creator/open-creator.js';
import { planImage } from '../creator/plan-image.js';
import { publishImage } from '../creator/publish-image.js';
import { readImage } from '../creator/read-image.js';
import { removeImage } from '../creator/remove-image.js';
import type { Settings } from '../creator/settings.js';
import type { Report } from '../support/progress.js';
import type { Place } from './resource.js';
import type { UseCases } from './use-cases.js';

/** The creator behind the resources of one program. */
export interface ResourceCreator {
  /** The use-cases for images and bundles of `place`, telling `report` what they do. */
  useCases(place: Place, report: Report): UseCases;
  close(): Promise<void>;
}

/** Opens one creator for all resources: they share its store, connections and threads. */
export function openResourceCreator(
  settings: Settings,
  surroundings: Omit<Surroundings, 'report'>,
  workingDirectory: string,
): ResourceCreator {
  const open: OpenCreator = openCreator(settings, { ...surroundings, report: () => undefined });
  return {
    useCases: ({ tenant, registry }, report) =>
      bindUseCases({
        ...open,
        report,
        settings: { ...settings, tenant, registry: path.resolve(workingDirectory, registry) },
      }),
    close: () => open.close(),
  };
}

/** The one place where the resources meet the creator. */
function bindUseCases(creator: Creator): UseCases {
  return {
    planImage: (request) => planImage(creator, request),
    publishImage: (plan, claim) => publishImage(creator, plan, claim),
    readImage: (name) => readImage(creator, name),
    removeImage: (removal) => removeImage(creator, removal),
    planBundle: (request) => planBundle(creator, request),
    publishBundle: (request, claim) => publishBundle(creator, request, claim),
    readBundle: (reference) => readBundle(creator, reference),
    removeBundle: (reference, owner) => removeBundle(creator, reference, owner),
  };
}
