import type { UseCases } from './use-cases.js';

/** A property bag in plain JSON. Keys that begin with two underscores belong to the front. */
export type Properties = Readonly<Record<string, unknown>>;

/** Where a resource lives. Both are kept in its state: a change of either is a replacement. */
export interface Place {
  readonly tenant: string;
  /** The folder of the embedded registry: relative to the program's folder when it lies in there, else absolute. */
  readonly registry: string;
}

/** A message to the person who watches: `status` is gone when the work is done, `info` and `warning` are kept. */
export interface ResourceMessage {
  readonly kind: 'status' | 'info' | 'warning';
  readonly message: string;
  /** True for a status that is one of many steps: it may be left out. */
  readonly isStep?: boolean;
}

/** A resource that is there in part although making it failed: kept in the state, for the next update to finish or for a deletion to remove. */
export interface HalfMade {
  readonly id: string;
  readonly outputs: Properties;
}

/** What every method of a resource works with. */
export interface ResourceContext {
  /** Where a new resource goes, by configuration. */
  readonly place: Place;
  /** The use-cases for a place; `limit` stops them as well. */
  readonly useCases: (place: Place, limit?: AbortSignal) => UseCases;
  /** The text that stands for a value which is not computed yet. */
  readonly unknown: string;
  /** True in a run that changes nothing: what is to be is then told. */
  readonly preview: boolean;
  /** The properties of this call with a secret value, as `environment.PASSWORD`. */
  readonly secrets: readonly string[];
  /** True: a secret in an image is a fault. False: a warning. */
  readonly forbidSecrets: boolean;
  readonly log: (message: ResourceMessage) => void;
  /** Takes what is there of a resource that is being made, to be kept should that fail or be stopped. */
  readonly keep: (halfMade: HalfMade) => void;
  /** What the states of this run have had, as `the image local/web in registry.example.com`: what takes its place takes nothing over. */
  readonly former: Set<string>;
  /** Notes that this call's resource is to have what `title` names. The name of the resource of the same run that is to have it as well, if one is. */
  readonly rivalFor: (title: string) => string | undefined;
  readonly clock: () => Date;
  readonly newTraceId: () => string;
  /** The program's folder, absolute: relative paths of assets start here. */
  readonly workingDirectory: string;
}

export interface CheckFailure {
  /** As `packages[3]` or `environment.PATH`; empty when it concerns the whole resource. */
  readonly property: string;
  readonly reason: string;
}

export interface CheckResult {
  readonly inputs: Properties;
  readonly failures: readonly CheckFailure[];
}

export interface DiffResult {
  readonly changes: boolean;
  /** The properties whose change needs a new resource. */
  readonly replaces: readonly string[];
  readonly deleteBeforeReplace: boolean;
  /** What differs, by the path of a property as `packages[3]`. */
  readonly detailed: Readonly<Record<string, PropertyChange>>;
  /** Outputs that an update leaves as they are. */
  readonly stables: readonly string[];
}

/** `in`: where the values are found, in inputs or only in the state. */
export interface PropertyChange {
  readonly kind: 'add' | 'delete' | 'update';
  readonly in: 'inputs' | 'state';
}

/** A resource that was made elsewhere. */
export interface ImportedResource {
  readonly id: string;
  /** What a program would write to get it. */
  readonly inputs: Properties;
  readonly outputs: Properties;
}

/** A resource's life. Properties go in and come out as plain JSON without `undefined`. */
export interface Resource {
  /** What is wrong with the form of inputs, for which neither settings nor anything else is asked. */
  form(news: Properties, unknown: string): readonly CheckFailure[];
  /** Validates and completes the inputs: what is to be is in them as `plan`. Writes to the store only. */
  check(context: ResourceContext, olds: Properties, news: Properties): Promise<CheckResult>;
  /** Compares a state with checked inputs. */
  diff(context: ResourceContext, olds: Properties, news: Properties): DiffResult;
  /** What create, or update of `olds`, would give: what is not known before is unknown. Tells what will change. */
  preview(context: ResourceContext, inputs: Properties, olds: Properties | undefined): Promise<Properties>;
  /** Tells in a preview what an update of `olds` meets in the registry, where `preview` is not asked. */
  foresee(context: ResourceContext, olds: Properties): Promise<void>;
  create(context: ResourceContext, inputs: Properties): Promise<{ readonly id: string; readonly outputs: Properties }>;
  /** The state as it stands, or undefined when the resource is definitely gone. */
  read(context: ResourceContext, state: Properties): Promise<Properties | undefined>;
  /** What stands under `id`, as `local/web`, for a program that has no state of it yet; undefined when nothing does. */
  import(context: ResourceContext, id: string): Promise<ImportedResource | undefined>;
  update(context: ResourceContext, olds: Properties, news: Properties): Promise<Properties>;
  delete(context: ResourceContext, state: Properties): Promise<void>;
}
