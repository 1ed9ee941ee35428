import { lookup } from 'node:dns/promises';
import type { Dispatcher } from 'undici';
import { type AddressRule, addressRule } from './address-rule.js';
import { kindOfAddress } from './address.js';
import { createDispatcher } from './http-dispatcher.js';
import { httpError } from './http-error.js';
import type { Patience } from './http-patience.js';

/** The connections that are made to where one server sends us, and to nowhere else. */
export interface JudgedConnections {
  readonly rule: AddressRule;
  readonly dispatcher: Dispatcher;
}

/**
 * Connections to where the server of `start` sends us: they lead into a private network, to this machine or its wire only when the server is
 * there itself. They fail with `http/redirect`.
 */
export async function judgedConnections(
  start: URL,
  environment: Readonly<Record<string, string | undefined>>,
  patience: Patience,
): Promise<JudgedConnections> {
  const rule = addressRule(start, (host, kind) =>
    httpError('http/redirect', `${start.origin} redirects to ${host}, which is a ${kind} address`, {
      hint: 'No server in the open has a reason to do that. Ask who runs it, or give the address that is meant.',
      data: { host, kind },
    }),
  );
  for (const address of await addressesOf(start)) rule.seen(address, start.hostname, start.port);
  return { rule, dispatcher: createDispatcher(environment, patience, { judge: rule.judge }) };
}

/** A name that only a proxy knows may well be one of a private network. */
async function addressesOf({ hostname }: URL): Promise<readonly string[]> {
  if (kindOfAddress(hostname) !== undefined) return [hostname];
  const found = await lookup(hostname, { all: true }).catch(() => [{ address: '10.0.0.0' }]);
  return found.map(({ address }) => address);
}
