import type { sendUnaryData, ServerUnaryCall, UntypedServiceImplementation } from '@grpc/grpc-js';
import type { PluginAttach } from '@pulumi/pulumi/proto/plugin_pb.js';
import type * as wire from '@pulumi/pulumi/proto/provider_pb.js';
import type { CheckFailure, DiffResult, PropertyChange } from '../resources/resource.js';
import { propertyPath } from '../resources/faults.js';
import { readPropertyBag, writePropertyBag } from './property-bag.js';
import {
  Empty,
  pluginMessages as plugin,
  providerMessages as messages,
  statusCodes,
  type StructMessage,
} from './protocol.js';
import type { Checked, PluginProvider, ResourceCall } from './provider.js';
import { statusOf } from './status.js';

/** What the service asks of the process that it runs in. */
export interface ServiceHost {
  readonly version: string;
  /** The package's schema as JSON. */
  readonly schema: () => Promise<string>;
  /** Stops what is running; nothing is begun afterwards. */
  readonly cancel: () => void;
  /** The engine's own address, when it changes after the start. */
  readonly attach: (address: string) => void;
  /** Resolves when what was said so far has reached the engine. */
  readonly flush: () => Promise<void>;
}

/**
 * The ResourceProvider service of Pulumi's protocol. `provider` is opened by the first call that needs it.
 * https://github.com/pulumi/pulumi/blob/master/proto/pulumi/provider.proto
 */
export function resourceProviderService(
  provider: () => Promise<PluginProvider>,
  host: ServiceHost,
): UntypedServiceImplementation {
  /** Answers with what `work` gives, when everything that it said has been heard. */
  const answer =
    <Request, Response>(work: (request: Request) => Response | Promise<Response>) =>
    (call: ServerUnaryCall<Request, Response>, reply: sendUnaryData<Response>): void => {
      void settle(work, call.request)
        .finally(() => host.flush())
        .then(
          (response) => reply(null, response),
          (error: unknown) => reply(statusOf(error)),
        );
    };

  return {
    handshake: answer((request: wire.ProviderHandshakeRequest) => {
      if (request.getEngineAddress() !== '') host.attach(request.getEngineAddress());
      const response = new messages.ProviderHandshakeResponse();
      response.setAcceptSecrets(true);
      response.setAcceptOutputs(true);
      response.setAcceptResources(true);
      return response;
    }),
    attach: answer((request: PluginAttach) => {
      host.attach(request.getAddress());
      return new Empty();
    }),
    getPluginInfo: answer(() => new plugin.PluginInfo().setVersion(host.version)),
    getSchema: answer(async (_: wire.GetSchemaRequest) =>
      new messages.GetSchemaResponse().setSchema(await host.schema()),
    ),
    checkConfig: answer(async (request: wire.CheckRequest) =>
      checkResponse((await provider()).checkConfig(readPropertyBag(request.getNews()))),
    ),
    diffConfig: answer(async (request: wire.DiffRequest) => {
      const olds = request.getOldInputs() ?? request.getOlds();
      return diffResponse(
        (await provider()).diffConfig(readPropertyBag(olds).properties, readPropertyBag(request.getNews()).properties),
      );
    }),
    configure: answer(async (request: wire.ConfigureRequest) => {
      (await provider()).configure(readPropertyBag(request.getArgs()).properties);
      const response = new messages.ConfigureResponse();
      response.setAcceptsecrets(true);
      response.setSupportspreview(true);
      response.setAcceptresources(true);
      response.setAcceptoutputs(true);
      return response;
    }),
    invoke: answer(async (request: wire.InvokeRequest) => {
      const answered = await (await provider()).invoke(request.getTok(), readPropertyBag(request.getArgs()).properties);
      const response = new messages.InvokeResponse();
      if ('failures' in answered) response.setFailuresList(answered.failures.map(checkFailure));
      else response.setReturn(writePropertyBag({ properties: answered.result, secrets: [] }));
      return response;
    }),
    check: answer(async (request: wire.CheckRequest) => {
      const [olds, news] = [readPropertyBag(request.getOlds()), readPropertyBag(request.getNews())];
      return checkResponse(await (await provider()).check(callOf(request), olds, news));
    }),
    diff: answer(async (request: wire.DiffRequest) => {
      const [olds, news] = [readPropertyBag(request.getOlds()), readPropertyBag(request.getNews())];
      const inputs = readPropertyBag(request.getOldInputs());
      return diffResponse((await provider()).diff(callOf(request), { outputs: olds, inputs }, news));
    }),
    create: answer(async (request: wire.CreateRequest) => {
      const created = await (await provider()).create(timedCallOf(request), readPropertyBag(request.getProperties()));
      const response = new messages.CreateResponse();
      response.setId(created.id);
      response.setProperties(writePropertyBag(created.outputs));
      return response;
    }),
    read: answer(async (request: wire.ReadRequest) => {
      const found = await (await provider()).read(
        callOf(request),
        request.getId(),
        readPropertyBag(request.getProperties()),
      );
      const response = new messages.ReadResponse();
      // Without an id the resource is gone.
      if (found === undefined) return response;
      response.setId(found.id);
      response.setProperties(writePropertyBag(found.outputs));
      response.setInputs(found.inputs === undefined ? request.getInputs() : writePropertyBag(found.inputs));
      return response;
    }),
    update: answer(async (request: wire.UpdateRequest) => {
      const [olds, news] = [readPropertyBag(request.getOlds()), readPropertyBag(request.getNews())];
      const response = new messages.UpdateResponse();
      response.setProperties(writePropertyBag(await (await provider()).update(timedCallOf(request), olds, news)));
      return response;
    }),
    delete: answer(async (request: wire.DeleteRequest) => {
      const call = { urn: request.getUrn(), seconds: request.getTimeout() };
      await (await provider()).delete(call, readPropertyBag(request.getProperties()));
      return new Empty();
    }),
    // The engine calls it at every end, whether anything is running or not.
    cancel: answer(() => {
      host.cancel();
      return new Empty();
    }),
    getMapping: answer((_: wire.GetMappingRequest) => new messages.GetMappingResponse()),
    getMappings: answer((_: wire.GetMappingsRequest) => new messages.GetMappingsResponse()),
    parameterize: unimplemented,
    call: unimplemented,
    construct: unimplemented,
  };
}

async function settle<Request, Response>(
  work: (request: Request) => Response | Promise<Response>,
  request: Request,
): Promise<Response> {
  return work(request);
}

function unimplemented(_: unknown, reply: (error: { readonly code: number; readonly details: string }) => void): void {
  reply({ code: statusCodes.UNIMPLEMENTED, details: 'this provider has no components and no parameters' });
}

function callOf(request: { getUrn(): string }): ResourceCall {
  return { urn: request.getUrn() };
}

function timedCallOf(request: { getUrn(): string; getPreview(): boolean; getTimeout(): number }): ResourceCall {
  return { urn: request.getUrn(), preview: request.getPreview(), seconds: request.getTimeout() };
}

function checkResponse({ inputs, failures }: Checked): wire.CheckResponse {
  const response = new messages.CheckResponse();
  const struct: StructMessage = writePropertyBag(inputs);
  response.setInputs(struct);
  response.setFailuresList(failures.map(checkFailure));
  return response;
}

function checkFailure({ property, reason }: CheckFailure): wire.CheckFailure {
  return new messages.CheckFailure().setProperty(property).setReason(reason);
}

const kinds = {
  add: [messages.PropertyDiff.Kind.ADD, messages.PropertyDiff.Kind.ADD_REPLACE],
  delete: [messages.PropertyDiff.Kind.DELETE, messages.PropertyDiff.Kind.DELETE_REPLACE],
  update: [messages.PropertyDiff.Kind.UPDATE, messages.PropertyDiff.Kind.UPDATE_REPLACE],
} as const satisfies Record<PropertyChange['kind'], readonly [number, number]>;

function diffResponse({ changes, replaces, deleteBeforeReplace, detailed, stables }: DiffResult): wire.DiffResponse {
  const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
  const response = new messages.DiffResponse();
  response.setChanges(changes ? DIFF_SOME : DIFF_NONE);
  response.setReplacesList([...replaces]);
  response.setStablesList([...stables]);
  response.setDeletebeforereplace(deleteBeforeReplace);
  response.setDiffsList([...new Set(Object.keys(detailed).map(topLevel))]);
  response.setHasdetaileddiff(Object.keys(detailed).length > 0);
  for (const [path, change] of Object.entries(detailed)) {
    const diff = new messages.PropertyDiff();
    const [inPlace, replacing] = kinds[change.kind];
    diff.setKind(replaces.includes(path) ? replacing : inPlace);
    diff.setInputdiff(change.in === 'inputs');
    response.getDetaileddiffMap().set(path, diff);
  }
  return response;
}

/** `packages[3]` → `packages`. */
function topLevel(path: string): string {
  return /^\w+/u.exec(path)?.[0] ?? propertyPath([path]);
}
