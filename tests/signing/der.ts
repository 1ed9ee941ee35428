/** Writes DER (https://www.itu.int/rec/T-REC-X.690): as much of it as certificates and timestamps need. */

/** One element: tag, length, content. */
export function element(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const digits = length.toString(16);
  const bytes = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 | bytes.length]), bytes, content]);
}

export const sequence = (...parts: readonly Uint8Array[]): Buffer => element(0x30, ...parts);
/** In the order that DER asks for. */
export const set = (...parts: readonly Buffer[]): Buffer => element(0x31, ...[...parts].sort((a, b) => a.compare(b)));
export const octets = (content: Uint8Array): Buffer => element(0x04, content);
export const bits = (content: Uint8Array, unused = 0): Buffer => element(0x03, Buffer.from([unused]), content);
export const text = (value: string): Buffer => element(0x0c, Buffer.from(value));
export const truth = (): Buffer => element(0x01, Buffer.from([0xff]));
/** `[number]` around elements. */
export const tagged = (number: number, ...parts: readonly Uint8Array[]): Buffer => element(0xa0 | number, ...parts);
/** `[number]` in place of the tag of a plain element. */
export const plainTagged = (number: number, content: Uint8Array): Buffer => element(0x80 | number, content);

/** A non-negative integer. */
export function integer(value: number | bigint): Buffer {
  const digits = value.toString(16);
  const bytes = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex');
  return element(0x02, (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
}

/** An object identifier, as `2.5.29.17`. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return element(0x06, Buffer.from([first * 40 + second, ...rest.flatMap((arc) => base128(arc))]));
}

/** A time with whole seconds, `GeneralizedTime`. */
export function time(date: Date): Buffer {
  return element(0x18, Buffer.from(date.toISOString().replaceAll(/[-:T]|\.\d+/g, '')));
}

/** A time of a certificate before 2050, `UTCTime`. */
export function shortTime(date: Date): Buffer {
  return element(
    0x17,
    Buffer.from(
      date
        .toISOString()
        .slice(2)
        .replaceAll(/[-:T]|\.\d+/g, ''),
    ),
  );
}

function base128(value: number): number[] {
  const digits = [value & 0x7f];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128))
    digits.unshift((rest & 0x7f) | 0x80);
  return digits;
}
