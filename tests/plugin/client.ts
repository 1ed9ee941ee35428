import service from '@pulumi/pulumi/proto/provider_grpc_pb.js';
import messages from '@pulumi/pulumi/proto/provider_pb.js';
import type * as wire from '@pulumi/pulumi/proto/provider_pb.js';
import { credentials, Empty, type ServiceError, Struct, type StructMessage } from '../../provider/plugin/protocol.js';
import { signatureKey, signatures } from '../../provider/resources/wire.js';

export type Bag = Readonly<Record<string, unknown>>;

/** The engine's end of the protocol, in plain JSON: secrets and unknown values stand in it as they travel. */
export interface ProviderClient {
  readonly raw: InstanceType<typeof service.ResourceProviderClient>;
  configure(args?: Bag): Promise<wire.ConfigureResponse.AsObject>;
  checkConfig(args: Bag): Promise<{ readonly inputs: Bag; readonly failures: readonly wire.CheckFailure.AsObject[] }>;
  check(
    urn: string,
    olds: Bag,
    news: Bag,
  ): Promise<{ readonly inputs: Bag; readonly failures: readonly wire.CheckFailure.AsObject[] }>;
  diff(urn: string, olds: Bag, news: Bag, oldInputs?: Bag): Promise<wire.DiffResponse.AsObject>;
  create(urn: string, inputs: Bag, options?: CallOptions): Promise<{ readonly id: string; readonly outputs: Bag }>;
  read(
    urn: string,
    id: string,
    state: Bag,
  ): Promise<{ readonly id: string; readonly outputs: Bag; readonly inputs: Bag }>;
  update(urn: string, olds: Bag, news: Bag, options?: CallOptions): Promise<Bag>;
  delete(urn: string, id: string, state: Bag): Promise<void>;
  invoke(
    token: string,
    args: Bag,
  ): Promise<{ readonly result: Bag; readonly failures: readonly wire.CheckFailure.AsObject[] }>;
  cancel(): Promise<void>;
  close(): void;
}

export interface CallOptions {
  readonly preview?: boolean;
  /** Seconds. */
  readonly timeout?: number;
}

/** A client of the provider on `port`. */
export function openClient(port: number): ProviderClient {
  const raw = new service.ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure());
  const checkRequest = (urn: string, olds: Bag, news: Bag): wire.CheckRequest =>
    new messages.CheckRequest().setUrn(urn).setOlds(struct(olds)).setNews(struct(news));
  const checked = (response: wire.CheckResponse) => ({
    inputs: plain(response.getInputs()),
    failures: response.getFailuresList().map((failure) => failure.toObject()),
  });
  return {
    raw,
    configure: async (args = {}) => {
      const request = new messages.ConfigureRequest().setArgs(struct(args)).setAcceptsecrets(true);
      return (await asked<wire.ConfigureResponse>((reply) => raw.configure(request, reply))).toObject();
    },
    checkConfig: async (args) =>
      checked(await asked<wire.CheckResponse>((reply) => raw.checkConfig(checkRequest('', {}, args), reply))),
    check: async (urn, olds, news) =>
      checked(await asked<wire.CheckResponse>((reply) => raw.check(checkRequest(urn, olds, news), reply))),
    diff: async (urn, olds, news, oldInputs = {}) => {
      const request = new messages.DiffRequest().setUrn(urn).setOlds(struct(olds)).setNews(struct(news));
      request.setOldInputs(struct(oldInputs));
      return (await asked<wire.DiffResponse>((reply) => raw.diff(request, reply))).toObject();
    },
    create: async (urn, inputs, { preview = false, timeout = 0 } = {}) => {
      const request = new messages.CreateRequest().setUrn(urn).setProperties(struct(inputs));
      request.setPreview(preview).setTimeout(timeout);
      const response = await asked<wire.CreateResponse>((reply) => raw.create(request, reply));
      return { id: response.getId(), outputs: plain(response.getProperties()) };
    },
    read: async (urn, id, state) => {
      const request = new messages.ReadRequest().setUrn(urn).setId(id).setProperties(struct(state));
      const response = await asked<wire.ReadResponse>((reply) => raw.read(request, reply));
      return { id: response.getId(), outputs: plain(response.getProperties()), inputs: plain(response.getInputs()) };
    },
    update: async (urn, olds, news, { preview = false, timeout = 0 } = {}) => {
      const request = new messages.UpdateRequest().setUrn(urn).setOlds(struct(olds)).setNews(struct(news));
      request.setPreview(preview).setTimeout(timeout);
      return plain((await asked<wire.UpdateResponse>((reply) => raw.update(request, reply))).getProperties());
    },
    delete: async (urn, id, state) => {
      const request = new messages.DeleteRequest().setUrn(urn).setId(id).setProperties(struct(state));
      await asked((reply) => raw.delete(request, reply));
    },
    invoke: async (token, args) => {
      const request = new messages.InvokeRequest().setTok(token).setArgs(struct(args));
      const response = await asked<wire.InvokeResponse>((reply) => raw.invoke(request, reply));
      return {
        result: plain(response.getReturn()),
        failures: response.getFailuresList().map((failure) => failure.toObject()),
      };
    },
    cancel: async () => {
      await asked((reply) => raw.cancel(new Empty(), reply));
    },
    close: () => raw.close(),
  };
}

/** `value` as a secret travels. */
export function secret(value: unknown): Bag {
  return { [signatureKey]: signatures.secret, value };
}

/** The answer to one call. */
export function asked<Response>(
  call: (reply: (error: ServiceError | null, response?: Response) => void) => unknown,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    call((error, response) => (error === null ? resolve(response as Response) : reject(error)));
  });
}

function struct(bag: Bag): StructMessage {
  return Struct.fromJavaScript(bag as Parameters<typeof Struct.fromJavaScript>[0]);
}

function plain(message: StructMessage | undefined): Bag {
  return message === undefined ? {} : message.toJavaScript();
}
