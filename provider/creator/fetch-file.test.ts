import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { readFile } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { errorOf } from '../../tests/fixtures/error-of.js';
import { createHttpClient } from '../support/http-client.js';
import { describeError } from '../support/errors.js';
import { fetchFile } from './fetch-file.js';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A server on a port of its own; gives its host. */
async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function fetched(url: string, most = 100): Promise<Buffer> {
  const http = createHttpClient({ patience: { attempts: 1, silence: 1000 } });
  closers.push(() => void http.close());
  return fetchFile({ http, signal: new AbortController().signal }, url, most);
}

describe('fetchFile', () => {
  it('gives what is there, of this machine too', async () => {
    const host = await serve((_, response) => response.end('a = 1\n'));
    expect((await fetched(`http://${host}/app.conf`)).toString()).toBe('a = 1\n');
    expect(await fetched(import.meta.url, 1_000_000)).toEqual(await readFile(fileURLToPath(import.meta.url)));
  });

  it('takes no more than is allowed, however it is sent', async () => {
    const host = await serve((_, response) => {
      response.write('x'.repeat(60));
      response.end('x'.repeat(41));
    });
    expect((await errorOf(fetched(`http://${host}/`))).code).toBe('http/too-large');
    expect((await fetched(`http://${host}/`, 101)).length).toBe(101);
  });

  it('names what is not there, without the password and the query of its URL', async () => {
    const host = await serve((_, response) => response.writeHead(404).end());
    const error = await errorOf(fetched(`http://user:hunter2@${host}/app.conf?token=hunter3`));
    expect(error.code).toBe('http/status');
    expect(describeError(error)).toContain(`http://${host}/app.conf`);
    expect(describeError(error)).not.toMatch(/hunter/u);
  });

  it.each(['http://169.254.169.254/latest/meta-data/', 'http://10.0.0.1/', 'http://[fd00:ec2::254]/'])(
    'does not follow a server that is elsewhere to %s',
    async (location) => {
      const host = await serve((_, response) => response.writeHead(302, { location }).end());
      const error = await errorOf(fetched(`http://${host}/app.conf`));
      expect(error).toMatchObject({
        code: 'http/redirect',
        message: expect.stringMatching(/is a (?:link-local|private) address/u) as string,
      });
    },
  );

  it('sends its credentials to the host that they are for, and not to where that one leads', async () => {
    const heard: (string | undefined)[] = [];
    const other = await serve(({ headers }, response) => {
      heard.push(headers.authorization);
      response.end('there');
    });
    const host = await serve(({ headers }, response) => {
      heard.push(headers.authorization);
      response.writeHead(302, { location: `http://${other}/` }).end();
    });
    expect((await fetched(`http://user:hunter2@${host}/`)).toString()).toBe('there');
    expect(heard).toEqual([expect.stringMatching(/^Basic /u), undefined]);
  });
});
