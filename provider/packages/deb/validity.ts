import type * as openpgp from 'openpgp';

/**
 * The next moment after `now` at which a verdict over `signatures` by `keys` may become another, as a key or a signature begins or ends;
 * undefined when none is to come. Until then it stays what it is at `now`.
 */
export function nextMoment(
  keys: readonly openpgp.PublicKey[],
  signatures: readonly openpgp.Signature[],
  now: Date,
): Date | undefined {
  const packets = signatures.flatMap((signature) => [...signature.packets]);
  const moments = [...packets.flatMap(momentsOfSignature), ...keys.flatMap(momentsOfKey)];
  const next = Math.min(...moments.filter((moment) => moment > now.getTime()));
  return next === Infinity ? undefined : new Date(next);
}

/** Milliseconds since 1970, as all below. */
function momentsOfSignature(packet: openpgp.SignaturePacket): readonly number[] {
  const { created, signatureExpirationTime: lifetime, embeddedSignature } = packet;
  const start = created?.getTime() ?? 0;
  const inner = embeddedSignature === null ? [] : momentsOfSignature(embeddedSignature);
  return [start, ...(lifetime === null ? [] : [start + lifetime * 1000]), ...inner];
}

/** Those of all that a key consists of. A lifetime is counted for each of its subkeys: a moment too many costs nothing. */
function momentsOfKey(key: openpgp.PublicKey): readonly number[] {
  const starts = key.getKeys().map((one) => one.getCreationTime().getTime());
  const signatures = [...key.toPacketList()].filter((packet) => 'signatureExpirationTime' in packet);
  const lifetimes = signatures.flatMap(({ keyExpirationTime }) => keyExpirationTime ?? []);
  const ends = lifetimes.flatMap((lifetime) => starts.map((start) => start + lifetime * 1000));
  return [...starts, ...ends, ...signatures.flatMap(momentsOfSignature)];
}
