import { Gunzip, Gzip } from 'minizlib';
import { throughZlib } from '../support/zlib-engine.js';
import type { EngineOptions } from '../support/zlib-engine.js';

/**
 * A part of what digests are a function of. Of what packages hold, level 5 takes 1.3 times and level 6 1.7 times as long for 1.6 and 2
 * percent less; level 1 takes three quarters of the time for 5 percent more, which every registry and node would hold.
 */
const compressionLevel = 4;

const options: EngineOptions = { chunkSize: 128 * 1024 };

/**
 * One gzip member (https://www.rfc-editor.org/rfc/rfc1952) of `source`: no name, no time, and no operating system, which is the
 * one header byte that zlib fills in from the machine.
 */
export function gzipMember(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  return throughZlib(source, new Gzip({ ...options, level: compressionLevel, portable: true }));
}

/** What the gzip members in `source`, one after the other, hold. Fails when one is damaged or cut off. */
export function gunzipMembers(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  return throughZlib(source, new Gunzip(options));
}
