import { createRequire } from 'node:module';
import type * as grpc from '@grpc/grpc-js';
import type * as engineServiceModule from '@pulumi/pulumi/proto/engine_grpc_pb.js';
import type * as engineModule from '@pulumi/pulumi/proto/engine_pb.js';
import type * as pluginModule from '@pulumi/pulumi/proto/plugin_pb.js';
import type * as providerServiceModule from '@pulumi/pulumi/proto/provider_grpc_pb.js';
import type * as providerModule from '@pulumi/pulumi/proto/provider_pb.js';
import type * as statusModule from '@pulumi/pulumi/proto/status_pb.js';
import type * as anyModule from 'google-protobuf/google/protobuf/any_pb.js';
import type * as emptyModule from 'google-protobuf/google/protobuf/empty_pb.js';
import type * as structModule from 'google-protobuf/google/protobuf/struct_pb.js';

// Not by `import`: it would search these large files for what they export before it runs them, which takes longer than all else of a start.
const require = createRequire(import.meta.url);

const providerServiceLibrary = require('@pulumi/pulumi/proto/provider_grpc_pb.js') as typeof providerServiceModule;
const engineServiceLibrary = require('@pulumi/pulumi/proto/engine_grpc_pb.js') as typeof engineServiceModule;

/** Messages of the protocol, by file. */
export const providerMessages = require('@pulumi/pulumi/proto/provider_pb.js') as typeof providerModule;
export const pluginMessages = require('@pulumi/pulumi/proto/plugin_pb.js') as typeof pluginModule;
export const engineMessages = require('@pulumi/pulumi/proto/engine_pb.js') as typeof engineModule;
export const statusMessages = require('@pulumi/pulumi/proto/status_pb.js') as typeof statusModule;

export const { ResourceProviderService } = providerServiceLibrary;
export const { EngineClient } = engineServiceLibrary;

/**
 * The libraries that Pulumi's protocol is spoken with: the very copies that the SDK has loaded. Messages and credentials of another copy
 * are refused by it.
 */
const fromTheSdk = createRequire(require.resolve('@pulumi/pulumi/proto/provider_grpc_pb.js'));

const grpcLibrary = fromTheSdk('@grpc/grpc-js') as typeof grpc;
const anyLibrary = fromTheSdk('google-protobuf/google/protobuf/any_pb.js') as typeof anyModule;
const emptyLibrary = fromTheSdk('google-protobuf/google/protobuf/empty_pb.js') as typeof emptyModule;
const structLibrary = fromTheSdk('google-protobuf/google/protobuf/struct_pb.js') as typeof structModule;

export const { Metadata, Server, ServerCredentials, status: statusCodes, credentials } = grpcLibrary;
export const { Any } = anyLibrary;
export const { Empty } = emptyLibrary;
export const { Struct } = structLibrary;

export type StructMessage = structModule.Struct;
export type { ServiceError } from '@grpc/grpc-js';
