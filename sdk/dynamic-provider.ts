import { randomBytes } from 'node:crypto';
import { homedir } from 'node:os';
import type { dynamic } from '@pulumi/pulumi';
import { type EngineLog, openEngineLog } from '../provider/plugin/engine-log.js';
import { watchEngine } from '../provider/plugin/engine-watch.js';
import { readConfiguration } from '../provider/resources/configuration.js';
import { withDeadline } from '../provider/resources/deadline.js';
import { describedError } from '../provider/resources/described-error.js';
import { fileBundle as fileBundleResource } from '../provider/resources/file-bundle.js';
import { type Failure, keepingHalfMade } from '../provider/resources/half-made.js';
import { withPublishing } from '../provider/resources/image-publishing.js';
import { privateImage as privateImageResource } from '../provider/resources/private-image.js';
import type { CheckFailure, Properties, Resource, ResourceContext } from '../provider/resources/resource.js';
import { withoutSecretValues } from '../provider/resources/secrets.js';
import { openSession, type Session } from '../provider/resources/session.js';
import { strangeSettings, strangeVariables } from '../provider/resources/strange-settings.js';
import { unknownValue } from '../provider/resources/wire.js';
import { listenForCancel } from './launcher-cancel.js';
import { type EngineHint, engineHintOf, secondsOf } from './engine-hint.js';

/** The dynamic provider of `PrivateImage`. States name it: it has to stay. */
export function privateImage(): dynamic.ResourceProvider {
  return dynamicProvider(privateImageResource);
}

/** The dynamic provider of `FileBundle`. States name it: it has to stay. */
export function fileBundle(): dynamic.ResourceProvider {
  return dynamicProvider(fileBundleResource);
}

/** What a resource process has once it is configured. */
interface Opened {
  readonly log: EngineLog;
  readonly session: Session;
}

type Operation = 'create' | 'update' | 'delete';

/** The property in which Pulumi keeps the code of a provider. */
const providerKey = '__provider';

const noHint: EngineHint = { urn: undefined, preview: false, secrets: [], settings: [], timeouts: {} };

/** A resource in the form that Pulumi's launcher of dynamic providers calls. */
function dynamicProvider(resource: Resource): dynamic.ResourceProvider {
  let stack: (key: string) => string | undefined = () => undefined;
  let opened: Opened | undefined;
  const stop = new AbortController();
  // Only check is told the URN; the later calls of the same process find it by the resource's name.
  const hints = new Map<string, EngineHint>();
  // So are the inputs of the last run.
  const inputsBefore = new Map<string, Properties>();

  const open = (): Opened => (opened ??= openFor(stack, stop));
  const run = async <Result>(
    properties: Properties,
    work: (context: ResourceContext, own: Properties) => Result | Promise<Result>,
    operation?: Operation,
  ): Promise<Result> => {
    const name = String(properties['name']);
    const hint = engineHintOf(properties) ?? hints.get(name) ?? noHint;
    hints.set(name, hint);
    const { urn, preview, secrets } = hint;
    // Pulumi enforces no timeouts of dynamic resources.
    const seconds = operation === undefined ? undefined : secondsOf(hint.timeouts[operation]);
    const deadline = { what: `To ${operation ?? 'look at'} ${name}`, signal: stop.signal, seconds };
    try {
      const { session } = open();
      return await keepingHalfMade(
        (keep) =>
          withDeadline(deadline, async (signal) =>
            work(session.context({ urn, preview, secrets, signal, keep }), ownProperties(properties)),
          ),
        (failure) => partialFailure(failure, properties),
      );
    } catch (error) {
      throw describedError(error);
    } finally {
      await opened?.log.flush();
    }
  };

  return {
    // Calls come in as soon as this has begun: nothing may be awaited before the configuration is there.
    configure: ({ config }) => {
      stack = (key) => config.get(key);
      return Promise.resolve();
    },
    check: async (olds: Properties, news: Properties) => {
      const settings = [...settingFaults(open), ...strangeFaults(engineHintOf(news))];
      if (settings.length > 0) {
        // The form of inputs needs no settings: what is wrong with it is told beside.
        const failures = [...settings, ...resource.form(ownProperties(news), unknownValue)];
        return { inputs: { ...news }, failures: [...withoutSecretValues(failures, engineHintOf(news)?.secrets ?? [])] };
      }
      inputsBefore.set(String(news['name']), ownProperties(olds));
      const { inputs, failures } = await run(news, (context, own) => resource.check(context, ownProperties(olds), own));
      const secrets = engineHintOf(news)?.secrets ?? [];
      return { inputs: { ...inputs }, failures: [...withoutSecretValues(failures, secrets)] };
    },
    diff: async (_id, olds: Properties, news: Properties) => {
      const { changes, replaces, deleteBeforeReplace } = await run(news, async (context, own) => {
        const state = withPublishing(ownProperties(olds), inputsBefore.get(String(own['name'])) ?? {});
        const found = resource.diff(context, state, own);
        if (context.preview && found.changes && found.replaces.length === 0) await resource.foresee(context, state);
        return found;
      });
      return { changes, replaces: [...replaces], deleteBeforeReplace };
    },
    create: async (inputs: Properties) => {
      const { id, outputs } = await run(inputs, (context, own) => resource.create(context, own), 'create');
      return { id, outs: { ...outputs } };
    },
    read: async (id, state: Properties = {}) => {
      const found = await run(state, (context, own) => resource.read(context, own));
      return found === undefined ? {} : { id, props: { ...found } };
    },
    update: async (_id, olds: Properties, news: Properties) => {
      const own = ownProperties(olds);
      return { outs: { ...(await run(news, (context, inputs) => resource.update(context, own, inputs), 'update')) } };
    },
    delete: (_id, state: Properties) => run(state, (context, own) => resource.delete(context, own), 'delete'),
  };
}

/** A wrong setting is a fault of the user's, which needs no stack of ours. */
function settingFaults(open: () => unknown): readonly CheckFailure[] {
  try {
    open();
    return [];
  } catch (error) {
    return [{ property: '', reason: describedError(error).message }];
  }
}

function strangeFaults(hint: EngineHint | undefined): readonly CheckFailure[] {
  const strange = strangeSettings(hint?.settings ?? []);
  return strange.map(({ name, reason }) => ({ property: '', reason: `private-image:${name}: ${reason}` }));
}

/** An error from which Pulumi's launcher takes the resource that is kept. It adds to these properties nothing of its own. */
function partialFailure({ halfMade: { id, outputs }, reasons }: Failure, inputs: Properties): Error {
  const properties = { ...outputs, [providerKey]: inputs[providerKey] };
  return Object.assign(new Error(reasons.join('\n')), { id, properties, reasons });
}

function openFor(stack: (key: string) => string | undefined, stop: AbortController): Opened {
  const { env: environment } = process;
  const workingDirectory = process.cwd();
  const settings = readConfiguration({ stack, environment, workingDirectory, home: homedir() });
  const engine = process.argv[2];
  const log = openEngineLog(engine);
  // Pulumi's launcher outlives an engine that was killed, with all that it was about to publish.
  if (engine !== undefined && isLauncher(process.argv[1])) {
    watchEngine(engine, () => process.exit(1));
    listenForCancel(() => stop.abort());
  }
  for (const message of strangeVariables(environment)) log.log(undefined, { kind: 'warning', message });
  const session = openSession(settings, {
    environment,
    workingDirectory,
    clock: () => new Date(),
    newTraceId: () => randomBytes(8).toString('hex'),
    unknown: unknownValue,
    tell: (urn, message) => log.log(urn, message),
  });
  return { log, session };
}

/** True for the program that runs dynamic providers, and nothing else. */
function isLauncher(program: string | undefined): boolean {
  return program !== undefined && /[\\/]dynamic-provider([\\/]index(\.js)?)?$/u.test(program);
}

/** Properties without those that belong to the front. */
function ownProperties(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([key]) => !key.startsWith('__')));
}
