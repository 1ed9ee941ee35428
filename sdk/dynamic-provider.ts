import { randomBytes } from 'node:crypto';
import { homedir } from 'node:os';
import type { dynamic } from '@pulumi/pulumi';
import { readConfiguration } from '../provider/resources/configuration.js';
import { openResourceCreator } from '../provider/resources/creator-use-cases.js';
import { fileBundle as fileBundleResource } from '../provider/resources/file-bundle.js';
import { portableRegistry } from '../provider/resources/place.js';
import { privateImage as privateImageResource } from '../provider/resources/private-image.js';
import type { Properties, Resource, ResourceContext, ResourceMessage } from '../provider/resources/resource.js';
import { type EngineLog, openEngineLog } from './engine-log.js';
import { type EngineHint, engineHintOf } from './engine-hint.js';

/** What Pulumi puts on the wire for a value that is not computed yet. */
const unknownValue = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

/** The dynamic provider of `PrivateImage`. States name it: it has to stay. */
export function privateImage(): dynamic.ResourceProvider {
  return dynamicProvider(privateImageResource);
}

/** The dynamic provider of `FileBundle`. States name it: it has to stay. */
export function fileBundle(): dynamic.ResourceProvider {
  return dynamicProvider(fileBundleResource);
}

/** What a resource process has once it is configured. */
interface Session {
  readonly log: EngineLog;
  readonly context: (hint: EngineHint) => ResourceContext;
}

/** A resource in the form that Pulumi's launcher of dynamic providers calls. */
function dynamicProvider(resource: Resource): dynamic.ResourceProvider {
  let stack: (key: string) => string | undefined = () => undefined;
  let session: Session | undefined;
  // Only check is told the URN; the later calls of the same process find it by the resource's name.
  const hints = new Map<string, EngineHint>();

  const open = (): Session => (session ??= openSession(stack));
  const run = async <Result>(
    properties: Properties,
    work: (context: ResourceContext, own: Properties) => Result | Promise<Result>,
  ): Promise<Result> => {
    const { log, context } = open();
    const name = String(properties['name']);
    const hint = engineHintOf(properties) ?? hints.get(name) ?? { urn: undefined, preview: false };
    hints.set(name, hint);
    try {
      return await work(context(hint), ownProperties(properties));
    } finally {
      await log.flush();
    }
  };

  return {
    // Calls come in as soon as this has begun: nothing may be awaited before the configuration is there.
    configure: ({ config }) => {
      stack = (key) => config.get(key);
      return Promise.resolve();
    },
    check: async (olds: Properties, news: Properties) => {
      try {
        open();
      } catch (error) {
        // A wrong setting is a fault of the user's, which needs no stack of ours.
        if (error instanceof Error) return { inputs: { ...news }, failures: [{ property: '', reason: error.message }] };
        throw error;
      }
      const { inputs, failures } = await run(news, (context, own) => resource.check(context, ownProperties(olds), own));
      return { inputs: { ...inputs }, failures: [...failures] };
    },
    diff: async (_id, olds: Properties, news: Properties) => {
      const { changes, replaces, deleteBeforeReplace } = await run(news, (context, own) =>
        resource.diff(context, ownProperties(olds), own),
      );
      return { changes, replaces: [...replaces], deleteBeforeReplace };
    },
    create: async (inputs: Properties) => {
      const { id, outputs } = await run(inputs, (context, own) => resource.create(context, own));
      return { id, outs: { ...outputs } };
    },
    read: async (id, state: Properties = {}) => {
      const found = await run(state, (context, own) => resource.read(context, own));
      return found === undefined ? {} : { id, props: { ...found } };
    },
    update: async (_id, olds: Properties, news: Properties) => ({
      outs: { ...(await run(news, (context, own) => resource.update(context, ownProperties(olds), own))) },
    }),
    delete: (_id, state: Properties) => run(state, (context, own) => resource.delete(context, own)),
  };
}

function openSession(stack: (key: string) => string | undefined): Session {
  const workingDirectory = process.cwd();
  const settings = readConfiguration({ stack, environment: process.env, workingDirectory, home: homedir() });
  const clock = (): Date => new Date();
  const creator = openResourceCreator(settings, { environment: process.env, clock }, workingDirectory);
  const log = openEngineLog(process.argv[2]);
  // A replacement is checked twice: what is kept is told once.
  const told = new Set<string>();
  const place = { tenant: settings.tenant, registry: portableRegistry(settings.registry, workingDirectory) };
  return {
    log,
    context: ({ urn, preview }) => {
      const tell = (message: ResourceMessage): void => {
        const key = JSON.stringify([urn, message.message]);
        if (message.kind !== 'status') {
          if (told.has(key)) return;
          told.add(key);
        }
        log.log(urn, message);
      };
      return {
        place,
        useCases: (where) => creator.useCases(where, tell),
        unknown: unknownValue,
        preview,
        log: tell,
        clock,
        newTraceId: () => randomBytes(8).toString('hex'),
        workingDirectory,
      };
    },
  };
}

/** Properties without those that belong to the front. */
function ownProperties(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([key]) => !key.startsWith('__')));
}
