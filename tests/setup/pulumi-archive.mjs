// @ts-check
/** The Pulumi CLI from the vendor's own archive. */
import { createHash } from 'node:crypto';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { capture, say } from './run.mjs';

const releases = 'https://get.pulumi.com/releases/sdk';
const connectTimeout = 8_000;
const stallTimeout = 30_000;

/**
 * @typedef {object} CliRequest
 * @property {string} version
 * @property {string} bin where the programs go
 * @property {string} work a folder for what is needed on the way
 */

/**
 * Downloads the archive, checks it against the published checksums, and unpacks it. Throws if there is none for this
 * machine, it cannot be reached in a few seconds, or it is not what it should be.
 * @param {CliRequest} request
 */
export async function unpackOfficialArchive({ version, bin, work }) {
  const name = archiveName(version);
  say(`looking for ${name} on get.pulumi.com`);
  const response = await get(`${releases}/${name}`);
  const size = Number(response.headers.get('content-length') ?? 0);
  say(`downloading the Pulumi CLI ${version}${size > 0 ? `, ${Math.round(size / 1e6)} MB` : ''}: about a minute`);

  mkdirSync(work, { recursive: true });
  const archive = join(work, name);
  const digest = await save(response, archive);
  const expected = await publishedDigest(version, name);
  if (expected !== undefined && expected !== digest) {
    throw new Error(`${name} has the SHA-256 ${digest}, but ${expected} is published: refused`);
  }
  if (expected === undefined)
    say('the published checksums cannot be had: the archive is trusted for its TLS connection');

  const { code, stderr } = await capture('tar', ['-xzf', archive, '-C', bin, '--strip-components=1']);
  if (code !== 0) throw new Error(`${name} cannot be unpacked: ${stderr.trim()}`);
}

/** @param {string} version */
function archiveName(version) {
  const system = ['linux', 'darwin'].find((known) => known === process.platform);
  const machine = ['x64', 'arm64'].find((known) => known === process.arch);
  if (system === undefined || machine === undefined) {
    throw new Error(`there is no archive of the Pulumi CLI for ${process.platform} on ${process.arch}`);
  }
  return `pulumi-v${version}-${system}-${machine}.tar.gz`;
}

/**
 * A response whose head came in time; its body is given more.
 * @param {string} url
 */
async function get(url) {
  const abort = new AbortController();
  const timer = setTimeout(() => {
    abort.abort();
  }, connectTimeout);
  try {
    const response = await fetch(url, { signal: abort.signal });
    if (!response.ok) throw new Error(`${url} answered ${response.status}`);
    return response;
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : '';
    const reason = abort.signal.aborted ? `no answer within ${connectTimeout / 1000} s` : cause || String(error);
    throw new Error(`${new URL(url).host} cannot be reached: ${reason}`);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Writes a body to a file and gives its SHA-256 in hexadecimal.
 * @param {Response} response
 * @param {string} file
 */
async function save(response, file) {
  if (response.body === null) throw new Error(`${response.url} has no body`);
  const hash = createHash('sha256');
  const stall = new AbortController();
  const timer = setTimeout(() => {
    stall.abort();
  }, stallTimeout);
  const meter = new Transform({
    transform(chunk, _encoding, done) {
      hash.update(/** @type {Buffer} */ (chunk));
      timer.refresh();
      done(null, chunk);
    },
  });
  try {
    await pipeline(Readable.fromWeb(response.body), meter, createWriteStream(file), { signal: stall.signal });
  } catch (error) {
    throw new Error(`the download of ${response.url} broke off: ${String(error)}`);
  } finally {
    clearTimeout(timer);
  }
  return hash.digest('hex');
}

/**
 * The SHA-256 that is published for a file, or nothing if the list cannot be had.
 * @param {string} version
 * @param {string} name
 */
async function publishedDigest(version, name) {
  try {
    const response = await get(`${releases}/pulumi-${version}-checksums.txt`);
    const lines = (await response.text()).split('\n').map((line) => line.trim().split(/\s+\*?/));
    return lines.find((line) => line[1] === name)?.[0];
  } catch {
    return undefined;
  }
}
