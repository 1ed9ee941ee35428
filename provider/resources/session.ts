import type { Report } from '../support/progress.js';
import type { ResourceSettings } from './configuration.js';
import { openResourceCreator } from './creator-use-cases.js';
import { portableRegistry } from './place.js';
import type { HalfMade, ResourceContext, ResourceMessage } from './resource.js';
import { thinProgress } from './thin-progress.js';
import type { Queries } from './use-cases.js';

/** What a front knows of one call. */
export interface Run {
  /** The resource's row; undefined for the stack's. */
  readonly urn: string | undefined;
  /** True in a run that changes nothing. */
  readonly preview: boolean;
  /** The properties with a secret value, as `environment.PASSWORD`. */
  readonly secrets: readonly string[];
  /** Stops the work. */
  readonly signal: AbortSignal;
  /** Takes what is there of a resource that is being made; absent where nothing is made. */
  readonly keep?: (halfMade: HalfMade) => void;
}

/** What a front has once it is configured: contexts for its calls, which share store, connections and threads. */
export interface Session {
  readonly context: (run: Run) => ResourceContext;
  /** What functions ask, outside of any resource. */
  readonly queries: (run: Run) => Queries;
  close(): Promise<void>;
}

/** What a front gives from the outside world. */
export interface SessionSurroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The program's folder, absolute. */
  readonly workingDirectory: string;
  readonly clock: () => Date;
  readonly newTraceId: () => string;
  /** The text that stands for a value which is not computed yet. */
  readonly unknown: string;
  /** Takes what is to be said in the row of a resource. */
  readonly tell: (urn: string | undefined, message: ResourceMessage) => void;
}

/** Opens a session. Nothing is read or fetched before a call needs it. */
export function openSession(settings: ResourceSettings, surroundings: SessionSurroundings): Session {
  const { environment, workingDirectory, clock, newTraceId, unknown } = surroundings;
  const creator = openResourceCreator(settings, { environment, clock }, workingDirectory);
  const place = { tenant: settings.tenant, registry: portableRegistry(settings.registry, workingDirectory) };
  const former = new Set<string>();
  const wanted = new Map<string, string>();
  const tell = tellOnce(thinProgress(surroundings.tell, clock));
  return {
    context: ({ urn, preview, secrets, signal, keep = () => undefined }) => {
      const log = (message: ResourceMessage): void => tell(urn, message);
      return {
        place,
        useCases: (where, limit) =>
          creator.useCases(where, log, limit === undefined ? signal : AbortSignal.any([signal, limit])),
        unknown,
        preview,
        secrets,
        forbidSecrets: settings.forbidSecretsInImages,
        log,
        keep,
        former,
        rivalFor: (title) => {
          if (urn === undefined) return undefined;
          const first = wanted.get(title) ?? urn;
          wanted.set(title, first);
          return first === urn ? undefined : (first.split('::').at(-1) ?? first);
        },
        clock,
        newTraceId,
        workingDirectory,
      };
    },
    queries: ({ urn, signal }) => {
      const report: Report = (progress) => tell(urn, progress);
      return creator.queries(place, report, signal);
    },
    close: () => creator.close(),
  };
}

/** What is kept is told once: a replacement is checked twice. */
function tellOnce(tell: SessionSurroundings['tell']): SessionSurroundings['tell'] {
  const told = new Set<string>();
  return (urn, message) => {
    const key = JSON.stringify([urn, message.message]);
    if (message.kind !== 'status') {
      if (told.has(key)) return;
      told.add(key);
    }
    tell(urn, message);
  };
}
