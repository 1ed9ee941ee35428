import messages from '@pulumi/pulumi/proto/provider_pb.js';
import { expect } from 'vitest';
import statusMessages from '@pulumi/pulumi/proto/status_pb.js';
import type { ServiceError } from '../../provider/plugin/protocol.js';
import { fileBundle, privateImage } from '../../sdk/dynamic-provider.js';
import { servePlugin } from '../../provider/plugin/server.js';
import type { SmallWorld } from '../fixtures/small-world.js';
import { type Bag, openClient, secret } from './client.js';
import { type ListeningEngine, openEngine } from './engine.js';

export type Kind = 'PrivateImage' | 'FileBundle';

/** One of the two ways in, as the engine uses it: inputs are a program's, under the names that programs know. */
export interface Front {
  readonly engine: ListeningEngine;
  /**
   * The inputs as a resource would be made from them. `secrets` are top-level entries of `environment` that are secret; `resource` is the name
   * in the program, where it is another than the image's.
   */
  check(
    kind: Kind,
    olds: Bag,
    news: Bag,
    secrets?: readonly string[],
    resource?: string,
  ): Promise<{
    readonly inputs: Bag;
    readonly failures: readonly { readonly property: string; readonly reason: string }[];
  }>;
  /** `before` are the inputs of the last run, where they are others than those in the state. */
  diff(
    kind: Kind,
    state: Bag,
    inputs: Bag,
    before?: Bag,
  ): Promise<{ readonly changes: boolean; readonly replaces: readonly string[] }>;
  /** A preview of inputs, as a program writes them, against the state and the inputs of the last run. */
  preview(kind: Kind, news: Bag, before?: { readonly state: Bag; readonly inputs: Bag }): Promise<void>;
  /** `seconds`: its time-out. */
  create(kind: Kind, inputs: Bag, seconds?: number): Promise<{ readonly id: string; readonly state: Bag }>;
  /** What the engine keeps of a resource when a call on it fails with this error; undefined when nothing. */
  keptOf(error: unknown): Kept | undefined;
  /** The state, or undefined when it is gone. */
  read(kind: Kind, id: string, state: Bag): Promise<Bag | undefined>;
  update(kind: Kind, state: Bag, inputs: Bag): Promise<Bag>;
  delete(kind: Kind, id: string, state: Bag): Promise<void>;
  close(): Promise<void>;
}

/** A resource that stays in the state although making it failed. */
export interface Kept {
  readonly id: string;
  readonly state: Bag;
  readonly reasons: readonly string[];
}

/** Opens a front in a small world. */
export type OpenFront = (world: SmallWorld, changes?: Readonly<Record<string, string>>) => Promise<Front>;

/** The plugin over a real connection. */
export const openPluginFront: OpenFront = async (world, changes = {}) => {
  const engine = await openEngine();
  const server = await servePlugin({
    engineAddress: engine.address,
    environment: { ...world.environment(), ...changes },
    workingDirectory: world.folder,
    home: world.folder,
    clock: () => world.now,
    version: '1.2.3',
  });
  const client = openClient(server.port);
  await client.configure();
  return {
    engine,
    check: (kind, olds, news, secrets = [], resource) =>
      client.check(urnOf(kind, { name: resource ?? news['name'] }), olds, withSecrets(news, secrets)),
    diff: async (kind, state, inputs, before) => {
      const { changes: code, replacesList } = await client.diff(urnOf(kind, inputs), state, inputs, before);
      return { changes: code === messages.DiffResponse.DiffChanges.DIFF_SOME, replaces: replacesList };
    },
    preview: async (kind, news, before) => {
      const urn = urnOf(kind, news);
      const { inputs } = await client.check(urn, before?.inputs ?? {}, news);
      if (before === undefined) await client.create(urn, inputs, { preview: true });
      else await client.update(urn, before.state, inputs, { preview: true });
    },
    create: async (kind, inputs, timeout = 0) => {
      const { id, outputs } = await client.create(urnOf(kind, inputs), inputs, { timeout });
      return { id, state: outputs };
    },
    keptOf: keptInStatus,
    read: async (kind, id, state) => {
      const found = await client.read(urnOf(kind, state), id, state);
      return found.id === '' ? undefined : found.outputs;
    },
    update: (kind, state, inputs) => client.update(urnOf(kind, inputs), state, inputs),
    delete: (kind, id, state) => client.delete(urnOf(kind, state), id, state),
    close: async () => {
      client.close();
      await server.close();
      engine.close();
    },
  };
};

/** What the launcher makes a provider from. */
const providerCode = 'the code of the provider';

/** The providers of dynamic resources, called as Pulumi's launcher calls them. */
export const openDynamicFront: OpenFront = async (world, changes = {}) => {
  const engine = await openEngine();
  const before = { ...process.env };
  const [, , ...args] = process.argv;
  Object.assign(process.env, world.environment(), changes);
  process.argv[2] = engine.address;
  const providers = { PrivateImage: privateImage(), FileBundle: fileBundle() };
  for (const provider of Object.values(providers)) {
    await provider.configure!({ config: { get: () => undefined, require: () => '' } });
  }
  return {
    engine,
    check: async (kind, olds, news, secrets = [], resource) => {
      const urn = urnOf(kind, { name: resource ?? news['name'] });
      const hint = { urn, preview: false, secrets: secrets.map((key) => `environment.${key}`) };
      const { inputs, failures } = await providers[kind].check!(olds, { ...innerNames(news), __engine: hint });
      return { inputs: inputs as Bag, failures: failures ?? [] };
    },
    diff: async (kind, state, inputs) => {
      const { changes: some = false, replaces = [] } = await providers[kind].diff!('id', state, inputs);
      return { changes: some, replaces };
    },
    preview: async (kind, news, before) => {
      const hint = { urn: urnOf(kind, news), preview: true, secrets: [] };
      const { inputs } = await providers[kind].check!(before?.inputs ?? {}, { ...innerNames(news), __engine: hint });
      if (before !== undefined) await providers[kind].diff!('id', before.state, inputs as Bag);
    },
    create: async (kind, inputs, seconds) => {
      const timeouts = seconds === undefined ? {} : { create: `${seconds}s` };
      const hint = { urn: urnOf(kind, inputs), preview: false, secrets: [], timeouts };
      const { id, outs } = await providers[kind].create({ ...inputs, __engine: hint, __provider: providerCode });
      return { id, state: outs as Bag };
    },
    keptOf: (error) => {
      // As Pulumi's launcher looks at what it catches.
      const { id, properties, reasons } = error as { id?: string; properties?: Bag; reasons?: readonly string[] };
      if (id === undefined) return undefined;
      // Without its code nothing can be done with a resource any more.
      const { __provider: code, ...state } = properties ?? {};
      expect(code).toBe(providerCode);
      return { id, state, reasons: reasons ?? [] };
    },
    read: async (kind, id, state) => (await providers[kind].read!(id, state)).props as Bag | undefined,
    update: async (kind, state, inputs) =>
      (await providers[kind].update!('id', state, { ...inputs, __provider: providerCode })).outs as Bag,
    delete: (kind, id, state) => providers[kind].delete!(id, state),
    close: async () => {
      process.env = before;
      process.argv.splice(2, process.argv.length, ...args);
      engine.close();
    },
  };
};

/** What the engine finds in the details of an error. */
function keptInStatus(error: unknown): Kept | undefined {
  const [content] = (error as ServiceError).metadata.get('grpc-status-details-bin');
  if (content === undefined) return undefined;
  const [detail] = statusMessages.Status.deserializeBinary(Buffer.from(content)).getDetailsList();
  const kept = messages.ErrorResourceInitFailed.deserializeBinary(detail!.getValue_asU8());
  return { id: kept.getId(), state: kept.getProperties()!.toJavaScript(), reasons: kept.getReasonsList() };
}

/** As the engine names the resource of these inputs. */
function urnOf(kind: Kind, inputs: Bag): string {
  return `urn:pulumi:test::project::private-image:index:${kind}::${String(inputs['name'])}`;
}

function withSecrets(inputs: Bag, keys: readonly string[]): Bag {
  if (keys.length === 0) return inputs;
  const environment = Object.entries(inputs['environment'] as Bag);
  return {
    ...inputs,
    environment: Object.fromEntries(
      environment.map(([key, value]) => [key, keys.includes(key) ? secret(value) : value]),
    ),
  };
}

/** What the TypeScript class does with what its users write. */
function innerNames({ lines, ...inputs }: Bag): Bag {
  return lines === undefined ? inputs : { ...inputs, requestedLines: lines };
}
