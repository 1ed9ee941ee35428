import { archiveError } from './archive-error.js';

/** PAX records by key; values are bytes, as an extended attribute need not be text. */
export type PaxRecords = ReadonlyMap<string, Buffer>;

/**
 * Reads the body of a PAX extended header: `length key=value\n`, one after the other
 * (https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html, "pax Extended Header").
 * Throws `archive/malformed`, and `archive/contradiction` for a key that is there twice.
 */
export function readPax(body: Buffer, subject: string): PaxRecords {
  const records = new Map<string, Buffer>();
  for (let offset = 0; offset < body.length; ) {
    const space = body.indexOf(0x20, offset);
    const digits = space === -1 ? '' : body.toString('latin1', offset, space);
    const end = /^[1-9][0-9]{0,8}$/.test(digits) ? offset + Number(digits) : 0;
    const equals = body.indexOf(0x3d, space);
    if (end > body.length || end <= space + 1 || body[end - 1] !== 0x0a || equals <= space + 1 || equals >= end) {
      throw archiveError('archive/malformed', subject, 'a PAX record is not of the form "length key=value"');
    }
    const key = body.toString('utf8', space + 1, equals);
    if (/\p{Cc}/u.test(key)) throw archiveError('archive/malformed', subject, 'a PAX record has a key that is no name');
    if (records.has(key))
      throw archiveError('archive/contradiction', subject, `PAX record ${JSON.stringify(key)} is there twice`);
    records.set(key, body.subarray(equals + 1, end - 1));
    offset = end;
  }
  return records;
}

/** The last second of the year 9999: times beyond it cannot be written as dates. */
export const latestTime = 253_402_300_799;

/** A whole count in decimal, as of `size` and `uid`; undefined when there is none. Throws `archive/malformed`. */
export function paxCount(records: PaxRecords, key: string, subject: string): number | undefined {
  const text = records.get(key)?.toString('latin1');
  if (text === undefined) return undefined;
  if (/^[0-9]{1,15}$/.test(text)) return Number(text);
  throw archiveError(
    'archive/malformed',
    subject,
    `PAX record ${key} is no count: ${JSON.stringify(text.slice(0, 40))}`,
  );
}

/** A time in seconds, the fraction cut off; undefined when there is none. Throws `archive/malformed`. */
export function paxTime(records: PaxRecords, key: string, subject: string): number | undefined {
  const text = records.get(key)?.toString('latin1');
  if (text === undefined) return undefined;
  const whole = /^([0-9]{1,15})(?:\.[0-9]*)?$/.exec(text)?.[1];
  if (whole !== undefined) return Number(whole);
  throw archiveError(
    'archive/malformed',
    subject,
    `PAX record ${key} is no time: ${JSON.stringify(text.slice(0, 40))}`,
  );
}

/** The extended attributes among the records (`SCHILY.xattr.…`), as GNU tar, bsdtar and Go write them. */
export function paxXattrs(records: PaxRecords): ReadonlyMap<string, Uint8Array> | undefined {
  const prefix = 'SCHILY.xattr.';
  const xattrs = new Map<string, Uint8Array>();
  for (const [key, value] of records) {
    if (key.startsWith(prefix) && key.length > prefix.length) xattrs.set(key.slice(prefix.length), Buffer.from(value));
  }
  return xattrs.size === 0 ? undefined : xattrs;
}
