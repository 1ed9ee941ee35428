/** The registry in memory with something wrong at one of its requests. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { documentOf, startMemoryRegistry } from './memory-registry.js';
import type { Interceptor, MemoryRegistry } from './memory-registry.js';
import type { RegistryManner } from './stored-repository.js';

/** Everything that can go wrong at a request. `lost` does what was asked for, and breaks the connection instead of saying so. */
export const faults = [
  '401',
  '404',
  '429',
  '500',
  '503',
  'reset',
  'lost',
  'slow',
  'truncated',
  'wrong digest',
  'wrong content',
] as const;

/** One of them. */
export type Fault = (typeof faults)[number];

/**
 * A fault at the request with this number, counted from 0, and at those after it until `times` have had it; with `every`, at each that is
 * so many later than the one before.
 */
export interface FaultPlan {
  readonly fault: Fault;
  readonly at: number;
  readonly times: number;
  readonly every?: number;
}

/** Starts a registry that fails as `plan` says, and is correct else. `after` is called when each request, as `PUT /v2/…`, is over. */
export async function startFaultyRegistry(
  plan: FaultPlan,
  after: (request: string) => void,
  manner: RegistryManner = {},
): Promise<MemoryRegistry> {
  const before: Interceptor = (request, response, index) => {
    const { at, times, every = 1 } = plan;
    const hits = index >= at && index < at + times * every && (index - at) % every === 0;
    return hits && commit(plan.fault, request, response);
  };
  const registry = await startMemoryRegistry({
    manner,
    before,
    after: (index) => after(registry.requests[index] ?? ''),
  });
  return registry;
}

/** Does what is wrong; true when that is all that happens. */
function commit(fault: Fault, request: IncomingMessage, response: ServerResponse): boolean | Promise<boolean> {
  switch (fault) {
    case '401':
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
      return true;
    case '404':
      response.writeHead(404, { 'docker-distribution-api-version': 'registry/2.0' }).end();
      return true;
    case '429':
      response.writeHead(429, { 'retry-after': '0' }).end('{"errors":[{"code":"TOOMANYREQUESTS"}]}');
      return true;
    case '500':
    case '503':
      response.writeHead(Number(fault)).end('<html>out of order</html>');
      return true;
    case 'reset':
      request.socket.resetAndDestroy();
      return true;
    case 'lost':
      response.end = () => {
        request.socket.destroy();
        return response;
      };
      return false;
    case 'slow':
      // Nothing at all, until the client has had enough.
      return new Promise((resolve) => request.socket.once('close', () => resolve(true)));
    case 'truncated':
      truncate(request, response);
      return false;
    case 'wrong digest':
      alterHeaders(response, (headers) => {
        if ('docker-content-digest' in headers) headers['docker-content-digest'] = `sha256:${'0'.repeat(64)}`;
      });
      return false;
    case 'wrong content':
      alterContent(response);
      return false;
  }
}

/** Half of what comes in, and half of what goes out. */
function truncate(request: IncomingMessage, response: ServerResponse): void {
  const length = Number(request.headers['content-length'] ?? 0);
  let received = 0;
  if (length > 1) {
    const push = request.push.bind(request);
    request.push = (chunk: Buffer | null, encoding?: BufferEncoding) => {
      // The end of what was cut off is never reached.
      if (chunk === null) return false;
      received += chunk.length;
      if (received > length / 2) {
        push(chunk.subarray(0, Math.floor(length / 2)));
        setImmediate(() => request.socket.destroy());
        return false;
      }
      return push(chunk, encoding);
    };
    return;
  }
  const end = response.end.bind(response);
  response.end = ((content?: unknown) => {
    const bytes = Buffer.from(typeof content === 'string' || Buffer.isBuffer(content) ? content : '');
    if (bytes.length < 2) return end();
    response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => request.socket.destroy());
    return response;
  }) as typeof response.end;
}

function alterHeaders(response: ServerResponse, alter: (headers: Record<string, unknown>) => void): void {
  const writeHead = response.writeHead.bind(response);
  response.writeHead = ((status: number, headers: Record<string, unknown> = {}) => {
    alter(headers);
    return writeHead(status, headers as never);
  }) as typeof response.writeHead;
}

/** The first byte of the body is another one. */
function alterContent(response: ServerResponse): void {
  const end = response.end.bind(response);
  response.end = ((content?: unknown) => {
    const bytes = Buffer.from(typeof content === 'string' || Buffer.isBuffer(content) ? content : '');
    if (bytes.length > 0) bytes[0] = (bytes[0] ?? 0) ^ 1;
    return bytes.length > 0 ? end(bytes) : end();
  }) as typeof response.end;
}

/** The tags of a registry that lead to something that is not there whole, as `repository:tag misses digest`. */
export function incompleteTags(registry: MemoryRegistry): readonly string[] {
  const misses: string[] = [];
  for (const [name, { tags, manifests, blobs }] of registry.repositories) {
    for (const [tag, target] of tags) {
      const waiting = [target];
      for (let digest = waiting.pop(); digest !== undefined; digest = waiting.pop()) {
        const manifest = manifests.get(digest);
        const parts = manifest === undefined ? undefined : documentOf(manifest.content);
        if (parts === undefined) misses.push(`${name}:${tag} misses ${digest}`);
        waiting.push(...(parts?.manifests ?? []));
        misses.push(
          ...(parts?.blobs ?? []).filter((blob) => !blobs.has(blob)).map((blob) => `${name}:${tag} misses ${blob}`),
        );
      }
    }
  }
  return misses;
}
