import type { Failure } from '../resources/half-made.js';
import { describeError, isPrivateImageError } from '../support/errors.js';
import { writePropertyBag, type PropertyBag } from './property-bag.js';
import {
  Any,
  Metadata,
  providerMessages as messages,
  type ServiceError,
  statusCodes,
  statusMessages,
} from './protocol.js';

/** A resource that is there although making it failed half-way: the engine keeps it and says why. */
interface HalfMade {
  readonly id: string;
  readonly bag: PropertyBag;
  readonly reasons: readonly string[];
}

/** What a call fails with that leaves something to keep. */
interface HalfMadeError extends Error {
  readonly status: Partial<ServiceError>;
}

/** The error for a call that failed with something to keep, whose secrets are `secrets`: what `statusOf` gives its status of. */
export function halfMadeError({ error, halfMade, reasons }: Failure, secrets: PropertyBag['secrets']): HalfMadeError {
  const plain = plainStatus(error);
  const kept: HalfMade = { id: halfMade.id, bag: { properties: halfMade.outputs, secrets }, reasons };
  return Object.assign(new Error(plain.details), { status: withHalfMade(plain, kept) });
}

/** An error as the engine takes it: what a person reads, without a stack; with what is there already when something is. */
export function statusOf(error: unknown): Partial<ServiceError> {
  return isHalfMadeError(error) ? error.status : plainStatus(error);
}

function isHalfMadeError(error: unknown): error is HalfMadeError {
  return error instanceof Error && 'status' in error && typeof error.status === 'object';
}

function plainStatus(error: unknown): Partial<ServiceError> {
  const message = isPrivateImageError(error) ? describeError(error) : unexpected(error);
  const cancelled = isPrivateImageError(error, 'resource/cancelled');
  const code = cancelled ? statusCodes.CANCELLED : statusCodes.UNKNOWN;
  // The library looks at `details`, and at a message alone when there are none.
  return { code, details: message, metadata: new Metadata() };
}

function withHalfMade(plain: Partial<ServiceError>, halfMade: HalfMade): Partial<ServiceError> {
  const detail = new messages.ErrorResourceInitFailed();
  detail.setId(halfMade.id);
  detail.setProperties(writePropertyBag(halfMade.bag));
  detail.setReasonsList([...halfMade.reasons]);
  const packed = new Any();
  packed.pack(detail.serializeBinary(), 'pulumirpc.ErrorResourceInitFailed');
  const status = new statusMessages.Status();
  status.setCode(plain.code ?? statusCodes.UNKNOWN);
  status.setMessage(plain.details ?? '');
  status.addDetails(packed);
  const metadata = new Metadata();
  // Structured errors travel in this header: https://github.com/googleapis/googleapis/blob/master/google/rpc/status.proto
  metadata.add('grpc-status-details-bin', Buffer.from(status.serializeBinary()));
  return { ...plain, metadata };
}

function unexpected(error: unknown): string {
  // A fault of ours: where it happened helps those who mend it.
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
