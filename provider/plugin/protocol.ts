import { createRequire } from 'node:module';
import type * as grpc from '@grpc/grpc-js';
import type * as anyModule from 'google-protobuf/google/protobuf/any_pb.js';
import type * as emptyModule from 'google-protobuf/google/protobuf/empty_pb.js';
import type * as structModule from 'google-protobuf/google/protobuf/struct_pb.js';

/**
 * The libraries that Pulumi's protocol is spoken with: the very copies that the SDK has loaded. Messages and credentials of another copy
 * are refused by it.
 */
const fromTheSdk = createRequire(createRequire(import.meta.url).resolve('@pulumi/pulumi/proto/provider_grpc_pb.js'));

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
