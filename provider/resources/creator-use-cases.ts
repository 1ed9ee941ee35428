import { builtDigests } from '../creator/built-digests.js';
import { bundleChanges } from '../creator/bundle-changes.js';
import { readBundleRequest } from '../creator/bundle-files.js';
import { planBundle, publishBundle, readBundle, removeBundle } from '../creator/bundles.js';
import type { Creator } from '../creator/creator.js';
import { type OpenCreator, openCreator, type Surroundings } from '../creator/open-creator.js';
import { planChanges } from '../creator/plan-changes.js';
import { planImage } from '../creator/plan-image.js';
import { publishingOf } from '../creator/publishing.js';
import { publishImage } from '../creator/publish-image.js';
import { readImage, readUnfinished } from '../creator/read-image.js';
import { removeBuilds, removeImage } from '../creator/remove-image.js';
import { searchPackages } from '../creator/search-packages.js';
import { readStandingRequest } from '../creator/standing-request.js';
import { offeredStarter, offeredStarters, starterSbom } from '../creator/starters.js';
import type { Settings } from '../creator/settings.js';
import type { Report } from '../support/progress.js';
import { portableRegistry, registryAt } from './place.js';
import type { Place } from './resource.js';
import type { Queries, UseCases } from './use-cases.js';

/** The creator behind the resources of one program. */
export interface ResourceCreator {
  /** The use-cases for images and bundles of `place`, telling `report` what they do, stopped by `signal`. */
  useCases(place: Place, report: Report, signal: AbortSignal): UseCases;
  queries(place: Place, report: Report, signal: AbortSignal): Queries;
  close(): Promise<void>;
}

/** Opens one creator for all resources: they share its store, connections and threads. */
export function openResourceCreator(
  settings: Settings,
  surroundings: Omit<Surroundings, 'report'>,
  workingDirectory: string,
): ResourceCreator {
  const open: OpenCreator = openCreator(settings, { ...surroundings, report: () => undefined });
  const at = ({ tenant, registry }: Place, report: Report, signal: AbortSignal): Creator => ({
    ...open,
    report,
    signal,
    settings: { ...settings, tenant, registry: registryAt(registry, workingDirectory) },
  });
  return {
    useCases: (place, report, signal) => bindUseCases(at(place, report, signal), workingDirectory),
    queries: (place, report, signal) => bindQueries(at(place, report, signal)),
    close: () => open.close(),
  };
}

/** Here, and below, the resources meet the creator. */
function bindUseCases(creator: Creator, workingDirectory: string): UseCases {
  return {
    planImage: (request) => planImage(creator, request),
    publishing: async () => {
      const publishing = await publishingOf(creator);
      const mirrors = publishing.mirrors.map((mirror) => portableRegistry(mirror, workingDirectory));
      return { ...publishing, mirrors: mirrors.sort() };
    },
    builtDigests: (plan) => builtDigests(creator.store, plan),
    planChanges: (before, after) => planChanges(creator.store, before, after),
    bundleChanges: (before, after) => bundleChanges(creator, before, after),
    publishImage: (plan, claim, tell) => publishImage(creator, plan, claim, tell),
    readImage: (name) => readImage(creator, name),
    readUnfinished: (name, starter, builds) => readUnfinished(creator, name, starter, builds),
    readImageRequest: (name) => readStandingRequest(creator, name),
    removeImage: (removal) => removeImage(creator, removal),
    removeBuilds: (name, builds) => removeBuilds(creator, name, builds),
    planBundle: (request) => planBundle(creator, request),
    publishBundle: (request, claim, tell) => publishBundle(creator, request, claim, tell),
    readBundle: (reference) => readBundle(creator, reference),
    readBundleRequest: (reference) => readBundleRequest(creator, reference),
    removeBundle: (reference, owner) => removeBundle(creator, reference, owner),
  };
}

function bindQueries(creator: Creator): Queries {
  const { settings } = creator;
  return {
    starters: (distribution = settings.distribution) => offeredStarters(creator, distribution),
    starter: (distribution = settings.distribution, name) => offeredStarter(creator, distribution, name),
    starterSbom: (name, line) => starterSbom(creator, name, line),
    searchPackages: ({ distribution = settings.distribution, ...search }) =>
      searchPackages(creator, { distribution, ...search }),
    planImage: (request) => planImage(creator, request),
  };
}
