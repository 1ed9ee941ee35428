import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { makeCertificate } from '../../tests/registry/real-registry.js';
import { missingProgram } from '../../tests/setup/containers.js';
import { describeError, PrivateImageError } from './errors.js';
import type { AuthorizingHttpClient, HttpResponse } from './http.js';
import { createHttpClient, redact, redirectTarget } from './http-client.js';
import { takeCredentials, withoutUserInfo } from './http-credentials.js';

type Handler = (request: IncomingMessage, response: ServerResponse, attempt: number) => void;

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A real server on a port of its own; `attempt` counts its requests from 1. */
async function serve(handler: Handler): Promise<{ url: string; requests: IncomingMessage[]; server: Server }> {
  const requests: IncomingMessage[] = [];
  const server: Server = createServer((request, response) => handler(request, response, requests.push(request)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests, server };
}

function client(patience: Parameters<typeof createHttpClient>[0] = {}): AuthorizingHttpClient {
  const made = createHttpClient({ ...patience, patience: { pause: 1, longestPause: 20, ...patience.patience } });
  cleanups.push(() => made.close());
  return made;
}

async function textOf(response: HttpResponse): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** The error that `work` fails with, which has to be one of ours. */
async function failure(work: Promise<unknown>): Promise<PrivateImageError> {
  const error: unknown = await work.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(PrivateImageError);
  return error as PrivateImageError;
}

describe('an answer', () => {
  it('has status, headers in lower case, place and body', async () => {
    const { url } = await serve((request, response) => {
      response.writeHead(200, { 'X-Thing': 'yes', ETag: '"1"' }).end(`hello ${request.url}`);
    });
    const response = await client().get(`${url}/a?b=c`);
    expect(response).toMatchObject({ status: 200, url: `${url}/a?…`, headers: { 'x-thing': 'yes', etag: '"1"' } });
    expect(await textOf(response)).toBe('hello /a?b=c');
  });

  it('to a conditional request may be 304', async () => {
    const { url } = await serve((request, response) => {
      response.writeHead(request.headers['if-none-match'] === '"1"' ? 304 : 200).end();
    });
    const response = await client().get(url, { headers: { 'If-None-Match': '"1"' } });
    expect(response.status).toBe(304);
    await response.discard();
  });

  it('that is discarded leaves the client usable', async () => {
    const { url } = await serve((_, response) => void response.end('x'.repeat(1_000_000)));
    const http = client();
    await (await http.get(url)).discard();
    expect((await textOf(await http.get(url))).length).toBe(1_000_000);
  });
});

describe('what is temporary is tried again', () => {
  it.each([408, 425, 429, 500, 502, 503, 504])('%i', async (status) => {
    const { url, requests } = await serve((_, response, attempt) => {
      response.writeHead(attempt < 3 ? status : 200).end('done');
    });
    expect(await textOf(await client().get(url))).toBe('done');
    expect(requests).toHaveLength(3);
  });

  it('a reset connection', async () => {
    const { url, requests } = await serve((request, response, attempt) => {
      if (attempt < 3) request.socket.resetAndDestroy();
      else response.end('done');
    });
    expect(await textOf(await client().get(url))).toBe('done');
    expect(requests).toHaveLength(3);
  });

  it('silence before the headers', async () => {
    const { url, requests } = await serve((_, response, attempt) => {
      if (attempt > 1) response.end('done');
    });
    expect(await textOf(await client({ patience: { silence: 50 } }).get(url))).toBe('done');
    expect(requests).toHaveLength(2);
  });

  it('but not for ever', async () => {
    const { url, requests } = await serve((_, response) => void response.writeHead(503).end());
    const error = await failure(client({ patience: { attempts: 3 } }).get(url));
    expect(error.code).toBe('http/status');
    expect(error.data).toMatchObject({ status: 503 });
    expect(requests).toHaveLength(3);
  });

  it('after as long as Retry-After says, up to the longest pause', async () => {
    const { url } = await serve((_, response, attempt) => {
      if (attempt === 1) response.writeHead(429, { 'retry-after': '1' }).end();
      else if (attempt === 2) response.writeHead(429, { 'retry-after': '86400' }).end();
      else response.end('done');
    });
    const started = performance.now();
    expect(await textOf(await client({ patience: { longestPause: 60 } }).get(url))).toBe('done');
    expect(performance.now() - started).toBeGreaterThanOrEqual(118);
  });

  it.each([
    ['that is an hour off from this one', 3_600_000, 'UTC'],
    ['in the form of old', -86_400_000, 'old'],
  ])('after as long as Retry-After says by date, on a clock %s', async (_, ahead, form) => {
    const { url } = await serve((_request, response, attempt) => {
      if (attempt > 1) return void response.end('done');
      const dateIn = (seconds: number): string => {
        const date = new Date(Date.parse('2026-01-01T00:00:00Z') + ahead + seconds * 1000);
        const [day = '', month = '', year = '', time = ''] = date.toUTCString().slice(5).split(' ');
        return form === 'UTC' ? date.toUTCString() : `Thursday, ${day}-${month}-${year.slice(2)} ${time} GMT`;
      };
      response.writeHead(503, { date: dateIn(0), 'retry-after': dateIn(1) }).end();
    });
    const started = performance.now();
    expect(await textOf(await client({ patience: { longestPause: 5000 } }).get(url))).toBe('done');
    expect(performance.now() - started).toBeGreaterThanOrEqual(990);
  });

  it.each(['soon', '', '-5', '1e9', 'Thu, 99 Jan 2026 00:00:00 GMT', '5'.repeat(30)])(
    'and in its own time when Retry-After is %j',
    async (retryAfter) => {
      const { url } = await serve((_, response, attempt) => {
        response.writeHead(attempt === 1 ? 503 : 200, { 'retry-after': retryAfter }).end('done');
      });
      const started = performance.now();
      expect(await textOf(await client({ patience: { longestPause: 5000 } }).get(url))).toBe('done');
      expect(performance.now() - started).toBeLessThan(900);
    },
  );

  it('headers that drip', async () => {
    const { url, requests } = await serve((request, response, attempt) => {
      if (attempt > 1) return void response.end('done');
      request.socket.write('HTTP/1.1 200 OK\r\n');
      const drip = setInterval(() => request.socket.write('x'), 10);
      request.socket.once('close', () => clearInterval(drip));
    });
    expect(await textOf(await client({ patience: { silence: 1000 } }).get(url))).toBe('done');
    expect(requests).toHaveLength(2);
  });
});

describe('what is final is not tried again', () => {
  it.each([400, 401, 403, 404, 410, 501])('%i', async (status) => {
    const { url, requests } = await serve((_, response) => void response.writeHead(status).end('no'));
    const error = await failure(client().get(url));
    expect(error).toMatchObject({ code: 'http/status', data: { status } });
    expect(requests).toHaveLength(1);
  });

  it('an error with an endless body', async () => {
    const { url } = await serve((_, response) => {
      response.writeHead(404);
      endless(response);
    });
    expect((await failure(client().get(url))).data).toMatchObject({ status: 404 });
  });

  it('an error, and a redirect, with a body that drips for ever', async () => {
    const { url } = await serve((request, response) => {
      response.writeHead(request.url === '/a' ? 302 : 404, { location: '/b' });
      drip(response);
    });
    expect((await failure(client({ patience: { silence: 50 } }).get(`${url}/a`))).data).toMatchObject({ status: 404 });
  });

  it('nobody listening', async () => {
    const error = await failure(client({ patience: { attempts: 2 } }).get('http://127.0.0.1:9/x'));
    expect(error.code).toBe('http/unreachable');
    expect(error.hint).toBeDefined();
  });
});

describe('a body', () => {
  it('shorter than announced is cut off', async () => {
    const { url } = await serve((request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('short', () => request.socket.destroy());
    });
    expect((await failure(textOf(await client().get(url)))).code).toBe('http/cut-off');
  });

  it('in pieces that stop in the middle is cut off', async () => {
    const { url } = await serve((request, response) => {
      response.writeHead(200).write('short', () => request.socket.destroy());
    });
    expect((await failure(textOf(await client().get(url)))).code).toBe('http/cut-off');
  });

  it('without an end is stopped at the limit, and the connection is given up', async () => {
    const closed = new Promise<void>((resolve) => {
      void serve((request, response) => {
        request.socket.once('close', () => resolve());
        endless(response.writeHead(200));
      }).then(async ({ url }) => {
        const error = await failure(textOf(await client().get(url, { maxBytes: 1_000_000 })));
        expect(error.code).toBe('http/too-large');
      });
    });
    await closed;
  });

  it('of exactly the limit is let through', async () => {
    const { url } = await serve((_, response) => void response.end('12345'));
    expect(await textOf(await client().get(url, { maxBytes: 5 }))).toBe('12345');
  });

  it('that falls silent is given up', async () => {
    const { url } = await serve((_, response) => void response.writeHead(200).write('first'));
    expect((await failure(textOf(await client({ patience: { silence: 50 } }).get(url)))).code).toBe('http/too-slow');
  });

  it('that drips is given up', async () => {
    const { url } = await serve((_, response) => {
      drip(response.writeHead(200));
    });
    const http = client({ patience: { slowAfter: 60, slowest: 10_000 } });
    expect((await failure(textOf(await http.get(url)))).code).toBe('http/too-slow');
  });

  it('that came fast and then drips is given up', async () => {
    const { url } = await serve((_, response) => {
      response.writeHead(200).write(Buffer.alloc(4_000_000));
      drip(response);
    });
    const http = client({ patience: { slowAfter: 60, slowest: 10_000 } });
    expect((await failure(textOf(await http.get(url)))).code).toBe('http/too-slow');
  });

  it('is not too slow because its reader is', async () => {
    const { url } = await serve((_, response) => void response.end(Buffer.alloc(300_000)));
    const response = await client({ patience: { slowAfter: 20, slowest: 10_000_000 } }).get(url);
    let received = 0;
    for await (const chunk of response.body) {
      received += chunk.length;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(received).toBe(300_000);
  });

  it('is not decoded', async () => {
    const { url } = await serve(
      (_, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end('raw'),
    );
    expect(await textOf(await client().get(url))).toBe('raw');
  });
});

describe('a redirect', () => {
  const authorization = 'Bearer secret';

  it.each([301, 302, 303, 307, 308])('%i is followed on the same origin with its credentials', async (status) => {
    const { url, requests } = await serve((request, response) => {
      if (request.url === '/a') response.writeHead(status, { location: '/b' }).end();
      else response.end('there');
    });
    const response = await client().get(`${url}/a`, { headers: { Authorization: authorization } });
    expect(response.url).toBe(`${url}/b`);
    expect(await textOf(response)).toBe('there');
    expect(requests.map((request) => request.headers.authorization)).toEqual([authorization, authorization]);
  });

  it.each(['/b', 'SELF/b'])('to %s keeps the credentials of the URL', async (target) => {
    const { url, requests } = await serve((request, response) => {
      if (request.url === '/a') response.writeHead(302, { location: target.replace('SELF', url) }).end();
      else response.end('there');
    });
    await (await client().get(`${url.replace('//', '//me:p%40ss@')}/a`)).discard();
    const basic = `Basic ${Buffer.from('me:p@ss').toString('base64')}`;
    expect(requests.map((request) => request.headers.authorization)).toEqual([basic, basic]);
  });

  it('to another origin leaves credentials behind, also those that the redirect brings', async () => {
    const other = await serve((_, response) => void response.end('there'));
    const { url } = await serve((_, response) => {
      response.writeHead(302, { location: other.url.replace('//', '//planted:word@') }).end();
    });
    for (const name of ['Authorization', 'authorization', 'AUTHORIZATION']) {
      await (await client().get(url, { headers: { [name]: authorization, 'x-kept': 'yes' } })).discard();
    }
    await (await client().get(url.replace('//', '//me:pass@'))).discard();
    expect(other.requests).toHaveLength(4);
    for (const request of other.requests) expect(request.headers.authorization).toBeUndefined();
    expect(other.requests[0]?.headers['x-kept']).toBe('yes');
  });

  it('back to the first origin does not get them back', async () => {
    const first = await serve((request, response) => {
      if (request.url === '/a') response.writeHead(302, { location: other.url }).end();
      else response.end('there');
    });
    const other = await serve((_, response) => void response.writeHead(302, { location: `${first.url}/b` }).end());
    await (await client().get(`${first.url}/a`, { headers: { authorization } })).discard();
    expect(first.requests.map((request) => request.headers.authorization)).toEqual([authorization, undefined]);
  });

  it.each([
    ['an encoded newline', '/x%0aInjected'],
    ['an encoded carriage return', '/x%0D%0A'],
    ['a space', '/a b'],
    ['nothing', ''],
    ['no URL', 'http://[bad'],
    ['a file', 'file:///etc/passwd'],
    ['another protocol', 'ftp://example.org/'],
  ])('to %s is refused', async (_, location) => {
    const { url, requests } = await serve((_request, response) => {
      response.writeHead(302, location === '' ? {} : { location }).end();
    });
    expect((await failure(client().get(url))).code).toBe('http/redirect');
    expect(requests).toHaveLength(1);
  });

  it.each([
    ['https://a.test/x', 'http://a.test/x', undefined],
    ['https://a.test/x', '//b.test/y', 'https://b.test/y'],
    ['http://a.test/x', 'https://a.test/x', 'https://a.test/x'],
    ['http://a.test/x/', 'y?z', 'http://a.test/x/y?z'],
  ])('from %s to %s leads to %s', (from, location, target) => {
    const follow = (): string => redirectTarget(new URL(from), location, 0).href;
    if (target === undefined) expect(follow).toThrow(PrivateImageError);
    else expect(follow()).toBe(target);
  });

  it('in a circle ends', async () => {
    const { url, requests } = await serve((_, response) => void response.writeHead(302, { location: '/' }).end());
    expect((await failure(client().get(url))).code).toBe('http/redirect');
    expect(requests.length).toBeLessThan(10);
  });
});

describe('credentials for a place', () => {
  const authorization = 'Bearer secret';

  /** What a request to `target` carries, with credentials for `prefixes`, each named by its own. `SELF` is the server. */
  async function sentTo(target: string, prefixes: readonly string[]): Promise<string | undefined> {
    const { url, requests } = await serve((_, response) => void response.end());
    const credentials = prefixes.map((prefix) => ({
      prefix: prefix.replace('SELF', url),
      authorization: `Bearer ${encodeURI(prefix)}`,
    }));
    await (await client({ credentials }).get(target.replace('SELF', url))).discard();
    const sent = requests[0]?.headers.authorization?.replace('Bearer ', '');
    return sent === undefined ? undefined : decodeURI(sent);
  }

  it.each([
    ['SELF/a', 'SELF/a', true],
    ['SELF/a/', 'SELF/a', true],
    ['SELF/a/b?c=d', 'SELF/a', true],
    ['SELF/a', 'SELF/a/', true],
    ['SELF/a/b', 'SELF', true],
    ['SELF/', 'SELF/', true],
    ['SELF/a%20b/c', 'SELF/a b', true],
    ['SELF/ab', 'SELF/a', false],
    ['SELF/', 'SELF/a', false],
    ['SELF/b/../a', 'SELF/b', false],
    ['SELF/b/%2e%2e/a', 'SELF/b', false],
    ['SELF/a', 'https://127.0.0.1/a', false],
    ['SELF/a', 'http://127.0.0.1/a', false],
    ['SELF/a', 'http://localhost/a', false],
  ])('to %s: those for %s are sent: %s', async (target, prefix, sent) => {
    expect(await sentTo(target, [prefix])).toBe(sent ? prefix : undefined);
  });

  it('are those of the longest prefix, and of two equal ones the last', async () => {
    const prefixes = ['SELF/a', 'SELF/a/b', 'SELF'];
    expect(await sentTo('SELF/a/b/c', prefixes)).toBe('SELF/a/b');
    expect(await sentTo('SELF/a/c', prefixes)).toBe('SELF/a');
    expect(await sentTo('SELF/c', prefixes)).toBe('SELF');
    expect(await sentTo('SELF/a', ['SELF/a/', 'SELF/a'])).toBe('SELF/a');
  });

  it('give way to those of a request and of its URL', async () => {
    const { url, requests } = await serve((_, response) => void response.end());
    const http = client({ credentials: [{ prefix: url, authorization }] });
    await (await http.get(url, { headers: { AUTHORIZATION: 'Bearer own' } })).discard();
    await (await http.get(url.replace('//', '//me:pass@'))).discard();
    const basic = `Basic ${Buffer.from('me:pass').toString('base64')}`;
    expect(requests.map((request) => request.headers.authorization)).toEqual(['Bearer own', basic]);
  });

  it('follow a redirect on the same origin, and none to another, not even to one that has its own', async () => {
    const other = await serve((_, response) => void response.end());
    const { url, requests } = await serve((request, response) => {
      if (request.url === '/a') response.writeHead(302, { location: '/b' }).end();
      else if (request.url === '/b') response.writeHead(302, { location: `${other.url}/c` }).end();
    });
    const http = client({ credentials: [{ prefix: `${url}/a`, authorization }] });
    http.authorize({ prefix: other.url, authorization: 'Bearer other' });
    await (await http.get(`${url}/a`)).discard();
    expect(requests.map((request) => request.headers.authorization)).toEqual([authorization, authorization]);
    expect(other.requests[0]?.headers.authorization).toBeUndefined();
  });

  it.each([
    ['https://a.test', 'hidden'],
    ['https://a.test', 'Basic hid\r\nden: x'],
    ['https://a.test', 'Bearer '],
    ['https://a.test', 'Digest hidden'],
    ['https://me:hidden@a.test', 'Bearer hidden'],
    ['https://a.test/?b', 'Bearer hidden'],
    ['file:///a', 'Bearer hidden'],
    ['a.test', 'Bearer hidden'],
  ])('for %s of %j are refused, and not repeated', async (prefix, value) => {
    const error = await failure(Promise.resolve().then(() => client().authorize({ prefix, authorization: value })));
    expect(error.code).toBe('http/bad-credential');
    expect(describeError(error)).not.toMatch(/hid/u);
  });

  it.each([
    ['https://me:pass@a.test', 'https://a.test'],
    ['@edge https://me:p%40ss@a.test/b', '@edge https://a.test/b'],
    ['@edge https://a.test/@scope/b', '@edge https://a.test/@scope/b'],
    ['https://:token@a.test/@scope/b', 'https://a.test/@scope/b'],
    ['https://me:p@ss@a.test', 'https://a.test'],
    ['https://me:pa/ss@a.test', 'https://a.test'],
    ['https:me:pass@a.test', 'https://a.test/'],
    ['/a/b@c', '/a/b@c'],
    ['./packages', './packages'],
    ['git+https://me:pass@a.test/b@1f3', 'git+https://a.test/b@1f3'],
    ['ssh://git@a.test/b@1f3', 'ssh://git@a.test/b@1f3'],
    ['git@a.test:b', 'git@a.test:b'],
  ])('are left out of %s: %s', (address, bare) => {
    expect(withoutUserInfo(address)).toBe(bare);
  });

  it('are taken out of a URL', async () => {
    const { url, requests } = await serve((_, response) => void response.end());
    const http = client();
    expect(takeCredentials(http, `${url.replace('//', '//me:p%40ss@')}/a`)).toBe(`${url}/a`);
    expect(takeCredentials(http, `${url.replace('//', '//:token@')}/b`)).toBe(`${url}/b`);
    expect(takeCredentials(http, `${url}/c`)).toBe(`${url}/c`);
    expect(takeCredentials(http, 'no URL')).toBe('no URL');
    for (const name of ['a/x', 'b', 'c']) await (await http.get(`${url}/${name}`)).discard();
    const basic = ['me:p@ss', ':token'].map((text) => `Basic ${Buffer.from(text).toString('base64')}`);
    expect(requests.map((request) => request.headers.authorization)).toEqual([...basic, undefined]);
  });
});

describe('giving up on request', () => {
  it.each([
    ['with no reason', undefined],
    ['with a reason of its own', new Error('enough')],
  ])('%s ends a wait for an answer', async (_, reason) => {
    const controller = new AbortController();
    const { url, requests } = await serve(() => controller.abort(reason));
    expect((await failure(client().get(url, { signal: controller.signal }))).code).toBe('http/aborted');
    expect(requests).toHaveLength(1);
  });

  it('ends a pause', async () => {
    const controller = new AbortController();
    const { url } = await serve((_, response) => {
      response.writeHead(503).end();
      setTimeout(() => controller.abort(), 20);
    });
    const http = client({ patience: { pause: 60_000, longestPause: 60_000 } });
    expect((await failure(http.get(url, { signal: controller.signal }))).code).toBe('http/aborted');
  });

  it('ends a body', async () => {
    const controller = new AbortController();
    const { url } = await serve((_, response) => void response.writeHead(200).write('first'));
    const response = await client().get(url, { signal: controller.signal });
    setTimeout(() => controller.abort(new Error('enough')), 10);
    expect((await failure(textOf(response))).code).toBe('http/aborted');
  });
});

describe('an address', () => {
  it.each(['', 'nowhere', 'http://a b/', 'http://a/\nb', 'ftp://a/b', 'data:,x', 'file://host/x', 'file:///a%2Fb'])(
    '%j is refused',
    async (url) => {
      expect((await failure(client().get(url))).code).toBe('http/bad-url');
    },
  );

  it('with badly encoded credentials is still asked', async () => {
    const { url } = await serve((request, response) => void response.end(request.headers.authorization));
    const text = await textOf(await client().get(url.replace('//', '//me:%zz@')));
    expect(Buffer.from(text.replace('Basic ', ''), 'base64').toString()).toBe('me:%zz');
  });

  it('never shows its secrets in an error', async () => {
    const { url } = await serve((_, response) => void response.writeHead(500).end());
    const error = await failure(
      client({ patience: { attempts: 1 } }).get(`${url.replace('//', '//me:hidden1@')}/?token=hidden2`),
    );
    expect(`${describeError(error)} ${JSON.stringify(error.data)}`).not.toMatch(/hidden/);
  });

  it.each([
    ['https://me:pass@a.test/b?c=d', 'https://a.test/b?…'],
    ['https://a.test/b', 'https://a.test/b'],
    ['not//me:pass@a', 'not//a'],
    ['https://me:pa/ss@a.test:x/', 'https://a.test:x/'],
    ['https://me:p@ss@a b', 'https://a b'],
    ['me:pass@a', 'a'],
    ['1me:pass@a', 'a'],
    ['file:///a/b', 'file:///a/b'],
  ])('%s is shown as %s', (url, shown) => {
    expect(redact(url)).toBe(shown);
  });
});

describe('a file', () => {
  async function folder(): Promise<string> {
    const made = await mkdtemp(path.join(os.tmpdir(), 'http-client-'));
    cleanups.push(() => rm(made, { recursive: true }));
    return made;
  }

  it('is read like any other address', async () => {
    const file = path.join(await folder(), 'a b+%.txt');
    await writeFile(file, 'content');
    const response = await client().get(pathToFileURL(file).href);
    expect(response).toMatchObject({ status: 200, headers: { 'content-length': '7' } });
    expect(await textOf(response)).toBe('content');
  });

  it('beyond the limit is refused', async () => {
    const file = path.join(await folder(), 'a');
    await writeFile(file, 'content');
    expect((await failure(client().get(pathToFileURL(file).href, { maxBytes: 6 }))).code).toBe('http/too-large');
  });

  it('that is missing or a folder answers 404', async () => {
    const made = await folder();
    for (const file of [made, path.join(made, 'none')]) {
      expect((await failure(client().get(pathToFileURL(file).href))).data).toMatchObject({ status: 404 });
    }
  });
});

const noOpenssl = missingProgram('openssl');

describe.skipIf(noOpenssl !== undefined)(`TLS${noOpenssl === undefined ? '' : ` (${noOpenssl})`}`, () => {
  it('trusts the authorities of SSL_CERT_FILE beside the usual ones', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'tls-'));
    cleanups.push(() => rm(folder, { recursive: true }));
    const pair = makeCertificate(folder, 'server');
    const server = createSecureServer({ key: pair.key, cert: pair.certificate }, (_, response) =>
      response.end('hello'),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => new Promise((resolve) => server.close(resolve)));
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    for (const SSL_CERT_FILE of [undefined, path.join(folder, 'nothing.crt')]) {
      expect((await failure(client({ environment: { SSL_CERT_FILE } }).get(url))).code).toBe('http/unreachable');
    }
    const trusting = client({ environment: { SSL_CERT_FILE: path.join(folder, 'server.crt') } });
    expect(await textOf(await trusting.get(url))).toBe('hello');
  });
});

describe('a proxy', () => {
  /** A proxy that lets everything through to `target`, and what it was asked for. */
  async function proxyTo(target: string): Promise<{ url: string; asked: string[] }> {
    const asked: string[] = [];
    const { url, server } = await serve((request, response) => {
      asked.push(new URL(request.url ?? '').host);
      response.end('by proxy');
    });
    server.on('connect', (request: IncomingMessage, socket: Socket) => {
      asked.push(request.url ?? '');
      const tunnel = connect(Number(new URL(target).port), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        tunnel.pipe(socket).pipe(tunnel);
      });
      tunnel.on('error', () => socket.destroy());
      socket.on('error', () => tunnel.destroy());
      cleanups.push(() => {
        socket.destroy();
        tunnel.destroy();
      });
    });
    return { url, asked };
  }

  it('of the given environment is used', async () => {
    const target = await serve((_, response) => void response.end('by proxy'));
    const proxy = await proxyTo(target.url);
    for (const HTTP_PROXY of [proxy.url, proxy.url.replace(/^http:\/\/|\/$/gu, '')]) {
      proxy.asked.length = 0;
      const http = client({ environment: { HTTP_PROXY } });
      expect(await textOf(await http.get('http://somewhere.invalid/x'))).toBe('by proxy');
      expect(proxy.asked).toEqual([expect.stringContaining('somewhere.invalid')]);
    }
  });

  it('that makes tunnels for TLS alone is asked itself for what goes without, with its password', async () => {
    const asked: (string | undefined)[] = [];
    const { url, server } = await serve((request, response) => {
      asked.push(request.url, request.headers['proxy-authorization'], request.headers.host);
      response.end('by proxy');
    });
    server.on('connect', (_: IncomingMessage, socket: Socket) => socket.end('HTTP/1.1 403 Forbidden\r\n\r\n'));
    const proxy = url.replace('//', '//user:secret@');
    const http = client({ environment: { HTTP_PROXY: proxy }, patience: { attempts: 1 } });
    expect(await textOf(await http.get('http://mirror.invalid:8080/debian/x?y'))).toBe('by proxy');
    const password = `Basic ${Buffer.from('user:secret').toString('base64')}`;
    expect(asked).toEqual(['http://mirror.invalid:8080/debian/x?y', password, 'mirror.invalid:8080']);
    const refused = await failure(http.get('https://mirror.invalid/x'));
    expect(refused.code).toBe('http/unreachable');
    expect(describeError(refused)).not.toContain('secret');
  });

  it('of this process is not used, when only one is given', async () => {
    const target = await serve((_, response) => void response.end('by proxy'));
    const [given, own] = [await proxyTo(target.url), await proxyTo(target.url)];
    vi.stubEnv('HTTP_PROXY', own.url);
    vi.stubEnv('http_proxy', own.url);
    try {
      const http = client({ environment: { HTTPS_PROXY: given.url } });
      expect(await textOf(await http.get(target.url))).toBe('by proxy');
      vi.stubEnv('HTTPS_PROXY', own.url);
      vi.stubEnv('https_proxy', own.url);
      const one = client({ environment: { HTTP_PROXY: given.url }, patience: { attempts: 1 } });
      await failure(one.get('https://somewhere.invalid/x'));
    } finally {
      vi.unstubAllEnvs();
    }
    expect(own.asked).toEqual([]);
    expect(given.asked).toEqual([expect.stringContaining('somewhere.invalid')]);
  });

  it('is not used for what the environment excepts', async () => {
    const target = await serve((_, response) => void response.end('direct'));
    const proxy = await proxyTo(target.url);
    const http = client({ environment: { http_proxy: proxy.url, no_proxy: '127.0.0.1' } });
    expect(await textOf(await http.get(target.url))).toBe('direct');
    expect(proxy.asked).toEqual([]);
  });
});

function endless(response: ServerResponse): void {
  const piece = Buffer.alloc(65_536);
  const write = (): void => {
    while (!response.destroyed && response.write(piece));
  };
  response.on('drain', write);
  write();
}

function drip(response: ServerResponse): void {
  const dripping = setInterval(() => response.write('.'), 10);
  response.once('close', () => clearInterval(dripping));
}
