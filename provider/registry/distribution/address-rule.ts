import { kindOfAddress } from '../../support/address.js';
import type { AddressKind } from '../../support/address.js';
import type { JudgeAddress } from '../../support/http-connector.js';
import { registryError } from '../registry-error.js';

/**
 * Which addresses other hosts may have that a registry sends us to: token servers, uploads, downloads. In the open always; in a private
 * network, on this machine or on its wire only where the registry itself is. Else a registry could make us ask what it cannot reach.
 */
export interface AddressRule {
  /** Notes where the registry is. */
  readonly seen: JudgeAddress;
  /** Throws `registry/redirect`. */
  readonly judge: JudgeAddress;
  /** Judges a host that is an address by itself, where a proxy connects and names are not ours to look up. Throws `registry/redirect`. */
  judgeText(url: URL): void;
}

/** The rule for the registry at `origin`. */
export function addressRule(origin: URL, repository: string): AddressRule {
  const home = new Set<AddressKind>();
  const own = kindOfHost(origin.hostname);
  if (own !== undefined) home.add(own);
  const judge: JudgeAddress = (address, host, port) => {
    const kind = kindOfAddress(address) ?? 'reserved';
    if (kind === 'public' || (kind !== 'reserved' && home.has(kind))) return;
    throw registryError(
      'registry/redirect',
      repository,
      `the registry sends us to ${host}${port === '' ? '' : `:${port}`}, which is a ${kind} address`,
      {
        hint: 'No registry has a reason to do that, unless it is there itself. Ask who runs it.',
        data: { host, kind },
      },
    );
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
