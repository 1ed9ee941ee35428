import messages from '@pulumi/pulumi/proto/provider_pb.js';
import statusMessages from '@pulumi/pulumi/proto/status_pb.js';
import { describeError, isPrivateImageError } from '../support/errors.js';
import { writePropertyBag, type PropertyBag } from './property-bag.js';
import { Any, Metadata, type ServiceError, statusCodes } from './protocol.js';

/** A resource that is there although making it failed half-way: the engine keeps it and says why. */
export interface HalfMade {
  readonly id: string;
  readonly bag: PropertyBag;
  readonly reasons: readonly string[];
}

/** An error as the engine takes it: what a person reads, without a stack; with what is there already when something is. */
export function statusOf(error: unknown, halfMade?: HalfMade): Partial<ServiceError> {
  const message = isPrivateImageError(error) ? describeError(error) : unexpected(error);
  const cancelled = isPrivateImageError(error, 'resource/cancelled');
  const code = cancelled ? statusCodes.CANCELLED : statusCodes.UNKNOWN;
  // The library looks at `details`, and at a message alone when there are none.
  if (halfMade === undefined) return { code, details: message, metadata: new Metadata() };
  const detail = new messages.ErrorResourceInitFailed();
  detail.setId(halfMade.id);
  detail.setProperties(writePropertyBag(halfMade.bag));
  detail.setReasonsList([...halfMade.reasons]);
  const packed = new Any();
  packed.pack(detail.serializeBinary(), 'pulumirpc.ErrorResourceInitFailed');
  const status = new statusMessages.Status();
  status.setCode(code);
  status.setMessage(message);
  status.addDetails(packed);
  const metadata = new Metadata();
  // Structured errors travel in this header: https://github.com/googleapis/googleapis/blob/master/google/rpc/status.proto
  metadata.add('grpc-status-details-bin', Buffer.from(status.serializeBinary()));
  return { code, details: message, metadata };
}

function unexpected(error: unknown): string {
  // A fault of ours: where it happened helps those who mend it.
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
