import type { Creator } from '../creator/creator.js';
import { type OpenCreator, openCreator, type Surroundings } from '../creator/open-creator.js';
import { planImage } from '../creator/plan-image.js';
import { publishingOf } from '../creator/publishing.js';
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

/**
 * Here, and below, the resources meet the creator. What plans images is loaded at once; all else, what builds, publishes or looks at a registry
 * among it, when it is asked for: most runs find nothing to do.
 */
function bindUseCases(creator: Creator, workingDirectory: string): UseCases {
  return {
    planImage: (request) => planImage(creator, request),
    repository: async (name) => (await import('../creator/homes.js')).imageRepository(creator, name).reference,
    publishing: async () => {
      const publishing = await publishingOf(creator);
      const mirrors = publishing.mirrors.map((mirror) => portableRegistry(mirror, workingDirectory));
      return { ...publishing, mirrors: mirrors.sort() };
    },
    builtDigests: async (plan) => (await import('../creator/built-digests.js')).builtDigests(creator.store, plan),
    planChanges: async (before, after) =>
      (await import('../creator/plan-changes.js')).planChanges(creator.store, before, after),
    bundleChanges: async (before, after) =>
      (await import('../creator/bundle-changes.js')).bundleChanges(creator, before, after),
    publishImage: async (plan, claim, tell) =>
      (await import('../creator/publish-image.js')).publishImage(creator, plan, claim, tell),
    readImage: async (name) => (await import('../creator/read-image.js')).readImage(creator, name),
    readUnfinished: async (name, starter, builds) =>
      (await import('../creator/read-image.js')).readUnfinished(creator, name, starter, builds),
    readImageRequest: async (name) =>
      (await import('../creator/standing-request.js')).readStandingRequest(creator, name),
    removeImage: async (removal) => (await import('../creator/remove-image.js')).removeImage(creator, removal),
    readOwner: async (kind, name) =>
      kind === 'image'
        ? (await import('../creator/read-image.js')).imageOwner(creator, name)
        : (await import('../creator/bundles.js')).bundleOwner(creator, name),
    removeBuilds: async (name, builds) =>
      (await import('../creator/remove-image.js')).removeBuilds(creator, name, builds),
    fetchFile: async (url, most) => (await import('../creator/fetch-file.js')).fetchFile(creator, url, most),
    planBundle: async (request) => (await import('../creator/bundles.js')).planBundle(creator, request),
    publishBundle: async (request, claim, tell) =>
      (await import('../creator/bundles.js')).publishBundle(creator, request, claim, tell),
    readBundle: async (reference) => (await import('../creator/bundles.js')).readBundle(creator, reference),
    readBundleRequest: async (reference) =>
      (await import('../creator/bundle-files.js')).readBundleRequest(creator, reference),
    removeBundle: async (reference, owner) =>
      (await import('../creator/bundles.js')).removeBundle(creator, reference, owner),
  };
}

function bindQueries(creator: Creator): Queries {
  const { settings } = creator;
  return {
    starters: async (distribution = settings.distribution) =>
      (await import('../creator/starters.js')).offeredStarters(creator, distribution),
    starter: async (distribution = settings.distribution, name) =>
      (await import('../creator/starters.js')).offeredStarter(creator, distribution, name),
    starterSbom: async (name, line) => (await import('../creator/starters.js')).starterSbom(creator, name, line),
    searchPackages: async ({ distribution = settings.distribution, ...search }) =>
      (await import('../creator/search-packages.js')).searchPackages(creator, { distribution, ...search }),
    planImage: (request) => planImage(creator, request),
  };
}
