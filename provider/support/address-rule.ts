import { kindOfAddress } from './address.js';
import type { AddressKind } from './address.js';
import { isPrivateImageError } from './errors.js';
import type { JudgeAddress } from './http-connector.js';

/**
 * Which addresses other hosts may have that a server sends us to: of a registry token servers, uploads, downloads. In the open always; in a
 * private network, on this machine or on its wire only where the server itself is. Else it could make us ask what it cannot reach.
 */
export interface AddressRule {
  /** Notes where the server is. */
  readonly seen: JudgeAddress;
  /** Throws what `refusal` gives. */
  readonly judge: JudgeAddress;
  /** Judges a host that is an address by itself, where a proxy connects and names are not ours to look up. Throws what `refusal` gives. */
  judgeText(url: URL): void;
}

/** The rule for the server at `origin`. `refusal` makes the error for a host, with its port, that is an address of this kind. */
export function addressRule(origin: URL, refusal: (place: string, kind: AddressKind) => Error): AddressRule {
  const home = new Set<AddressKind>();
  const own = kindOfHost(origin.hostname);
  if (own !== undefined) home.add(own);
  const judge: JudgeAddress = (address, host, port) => {
    const kind = kindOfAddress(address) ?? 'reserved';
    if (kind === 'public' || (kind !== 'reserved' && home.has(kind))) return;
    throw refusal(`${host}${port === '' ? '' : `:${port}`}`, kind);
  };
  return {
    seen: (address) => {
      const kind = kindOfAddress(address);
      if (kind !== undefined) home.add(kind);
    },
    judge,
    judgeText: (url) => {
      const kind = kindOfHost(url.hostname);
      if (kind === 'loopback') judge('127.0.0.1', url.hostname, url.port);
      else if (kind !== undefined) judge(url.hostname, url.hostname, url.port);
    },
  };
}

function kindOfHost(host: string): AddressKind | undefined {
  return /^(?:.*\.)?localhost\.?$/iu.test(host) ? 'loopback' : kindOfAddress(host);
}

/** The refusal, of this code, that a failed connection was given up for. */
export function refusalIn(error: unknown, code: string): Error | undefined {
  for (let current = error, depth = 0; current instanceof Error && depth < 5; current = current.cause, depth += 1) {
    if (isPrivateImageError(current, code)) return current;
    if (current instanceof AggregateError)
      return current.errors.map((one) => refusalIn(one, code)).find((found) => found !== undefined);
  }
  return undefined;
}
