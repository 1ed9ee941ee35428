import type { FunctionAnswer } from '../resources/functions.js';
import { withDeadline } from '../resources/deadline.js';
import { keepingHalfMade } from '../resources/half-made.js';
import type { CheckFailure, DiffResult, Properties, ResourceContext } from '../resources/resource.js';
import { withPublishing } from '../resources/image-publishing.js';
import { withoutSecretValues } from '../resources/secrets.js';
import { openSession, type Run, type Session, type SessionSurroundings } from '../resources/session.js';
import { strangeVariables } from '../resources/strange-settings.js';
import { PrivateImageError } from '../support/errors.js';
import {
  type FrontResource,
  innerInputs,
  outerInputs,
  outerPath,
  type PluginErrorCode,
  resourceOf,
} from './front-names.js';
import { type Path, type PropertyBag, secretProperties } from './property-bag.js';
import { halfMadeError } from './status.js';
import { argumentChanges, argumentFaults, secretSettings, settingsOf } from './settings.js';

/** What the provider is given from the outside world. */
export interface ProviderSurroundings extends SessionSurroundings {
  readonly home: string;
  /** Stops what is running; nothing is begun afterwards. */
  readonly stop: AbortSignal;
}

/** A call on one resource. */
export interface ResourceCall {
  readonly urn: string;
  /** True in a run that changes nothing. */
  readonly preview?: boolean;
  /** Most seconds; 0 is no limit. */
  readonly seconds?: number;
}

/** A resource as the engine keeps it. */
export interface ResourceState {
  readonly id: string;
  readonly outputs: PropertyBag;
  /** Undefined where the engine knows them. */
  readonly inputs: PropertyBag | undefined;
}

export interface Checked {
  readonly inputs: PropertyBag;
  readonly failures: readonly CheckFailure[];
}

/** The provider behind the protocol: the same resources as in TypeScript programs, with what the protocol has beside. */
export interface PluginProvider {
  checkConfig(args: PropertyBag): Checked;
  diffConfig(olds: Properties, news: Properties): DiffResult;
  /** Throws `configuration/invalid`. */
  configure(args: Properties): void;
  invoke(token: string, args: Properties): Promise<FunctionAnswer>;
  check(call: ResourceCall, olds: PropertyBag, news: PropertyBag): Promise<Checked>;
  diff(call: ResourceCall, olds: Omit<ResourceState, 'id'>, news: PropertyBag): DiffResult;
  create(call: ResourceCall, inputs: PropertyBag): Promise<{ readonly id: string; readonly outputs: PropertyBag }>;
  /** Undefined when it is definitely gone. Without a state it is imported by its id. */
  read(call: ResourceCall, id: string, state: PropertyBag): Promise<ResourceState | undefined>;
  update(call: ResourceCall, olds: PropertyBag, news: PropertyBag): Promise<PropertyBag>;
  delete(call: ResourceCall, state: PropertyBag): Promise<void>;
  close(): Promise<void>;
}

/** Makes the provider. It does nothing before it is configured. */
export function openProvider(surroundings: ProviderSurroundings): PluginProvider {
  const { stop } = surroundings;
  let session: Session | undefined;
  // The engine compares what it has just imported with the program, and takes no difference for an answer.
  const imported = new Set<string>();

  const run = ({ urn, preview = false }: Partial<ResourceCall>, secrets: readonly string[], signal = stop): Run => ({
    urn,
    preview,
    secrets,
    signal,
  });
  const opened = (): Session => {
    if (session !== undefined) return session;
    throw new PrivateImageError<PluginErrorCode>(
      'plugin/not-configured',
      'The provider was called before it was configured',
    );
  };
  const contextOf = (call: ResourceCall, bag: PropertyBag): ResourceContext =>
    opened().context(run(call, secretProperties(bag)));
  const limited = <Result>(
    call: ResourceCall,
    what: string,
    bag: PropertyBag,
    work: (context: ResourceContext) => Promise<Result>,
    outputSecrets: PropertyBag['secrets'] = bag.secrets,
  ): Promise<Result> =>
    keepingHalfMade(
      (keep) =>
        withDeadline(
          { what: `To ${what} ${call.urn.split('::').at(-1) ?? ''}`, signal: stop, seconds: call.seconds },
          (signal) => work(opened().context({ ...run(call, secretProperties(bag), signal), keep })),
        ),
      (failure) => halfMadeError(failure, outputSecrets),
    );

  return {
    checkConfig: (args) => {
      const secrets = [...args.secrets, ...secretSettings.map((name): Path => [name])];
      const inputs = { properties: args.properties, secrets };
      const failures = argumentFaults(args.properties, surroundings);
      return { inputs, failures: withoutSecretValues(failures, secretProperties(inputs)) };
    },
    diffConfig: (olds, news) => {
      const detailed = argumentChanges(olds, news);
      const changes = Object.keys(detailed).length > 0;
      return { changes, replaces: [], deleteBeforeReplace: false, detailed, stables: [] };
    },
    configure: (args) => {
      session = openSession(settingsOf(args, surroundings), surroundings);
      for (const message of strangeVariables(surroundings.environment)) {
        surroundings.tell(undefined, { kind: 'warning', message });
      }
    },
    invoke: async (token, args) => {
      const { askFunction, resourceFunctions } = await import('../resources/functions.js');
      const asked = resourceFunctions[token.split(':').at(-1) ?? ''];
      if (asked !== undefined) return askFunction(asked, opened().queries(run({}, [])), args);
      throw new PrivateImageError<PluginErrorCode>('plugin/unknown-function', `There is no function ${token}`, {
        hint: `There are ${Object.keys(resourceFunctions).join(', ')}.`,
      });
    },
    check: async (call, olds, news) => {
      const front = resourceOf(call.urn);
      const given = innerInputs(front, news);
      const before = innerInputs(front, olds).properties;
      const result = await limited(call, 'plan', news, (context) =>
        front.resource.check(context, before, given.properties),
      );
      const inputs = outerInputs(front, { properties: result.inputs, secrets: given.secrets });
      return { inputs, failures: withoutSecretValues(result.failures, secretProperties(news)) };
    },
    diff: (call, olds, news) => {
      const front = resourceOf(call.urn);
      const inputs = innerInputs(front, news).properties;
      const state = withPublishing(olds.outputs.properties, olds.inputs?.properties ?? {});
      const before = imported.delete(call.urn) ? asPlanned(state, inputs) : state;
      const found = front.resource.diff(contextOf(call, news), before, inputs);
      return inOuterNames(front, found);
    },
    create: async (call, bag) => {
      const front = resourceOf(call.urn);
      const inputs = innerInputs(front, bag);
      if (call.preview === true) {
        const properties = await front.resource.preview(contextOf(call, bag), inputs.properties, undefined);
        return { id: '', outputs: { properties, secrets: inputs.secrets } };
      }
      const { id, outputs } = await limited(
        call,
        'create',
        bag,
        (context) => front.resource.create(context, inputs.properties),
        inputs.secrets,
      );
      return { id, outputs: { properties: outputs, secrets: inputs.secrets } };
    },
    read: async (call, id, state) => {
      const front = resourceOf(call.urn);
      const isImport = Object.keys(state.properties).length === 0;
      return limited(call, isImport ? 'import' : 'read', state, async (context) => {
        if (!isImport) {
          const properties = await front.resource.read(context, state.properties);
          return properties && { id, outputs: { properties, secrets: state.secrets }, inputs: undefined };
        }
        const found = await front.resource.import(context, id);
        if (found === undefined) return undefined;
        imported.add(call.urn);
        const inputs = outerInputs(front, { properties: found.inputs, secrets: [] });
        return { id: found.id, outputs: { properties: found.outputs, secrets: [] }, inputs };
      });
    },
    update: async (call, olds, news) => {
      const front = resourceOf(call.urn);
      const inputs = innerInputs(front, news);
      const { resource } = front;
      const properties =
        call.preview === true
          ? await resource.preview(contextOf(call, news), inputs.properties, olds.properties)
          : await limited(
              call,
              'update',
              news,
              (context) => resource.update(context, olds.properties, inputs.properties),
              inputs.secrets,
            );
      return { properties, secrets: inputs.secrets };
    },
    delete: (call, state) => {
      const { resource } = resourceOf(call.urn);
      return limited(call, 'delete', state, (context) => resource.delete(context, state.properties));
    },
    close: async () => session?.close(),
  };
}

/**
 * The state that a program which takes a resource over is compared with: it has to say what the resource was asked to be, and nothing else.
 * What becomes of that today, as a plan with newer packages, is a matter of the next update.
 */
function asPlanned(state: Properties, news: Properties): Properties {
  return 'plan' in state && 'plan' in news ? { ...state, plan: news['plan'] } : state;
}

function inOuterNames(front: FrontResource, found: DiffResult): DiffResult {
  const detailed = Object.entries(found.detailed).map(([path, change]) => [outerPath(front, path), change] as const);
  return {
    ...found,
    detailed: Object.fromEntries(detailed),
    replaces: found.replaces.map((key) => outerPath(front, key)),
  };
}
