/** A correct OCI registry in memory, over real HTTP: https://github.com/opencontainers/distribution-spec/blob/main/spec.md */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { digestOf, fail, readBody, sendJson } from './memory-answers.js';
import { memoryUploads } from './memory-uploads.js';
import type { RegistryManner, StoredRepository } from './stored-repository.js';

/** A registry that runs. */
export interface MemoryRegistry {
  /** `127.0.0.1:port`. */
  readonly host: string;
  readonly repositories: ReadonlyMap<string, StoredRepository>;
  /** `METHOD /path` of every request, in order. */
  readonly requests: readonly string[];
  readonly headers: readonly IncomingMessage['headers'][];
  /** Uploads that were begun and neither finished nor cancelled. */
  readonly openUploads: () => number;
  repository(name: string): StoredRepository;
  close(): Promise<void>;
}

/** Stands before the registry: true when it has answered itself, or broken the connection. `index` counts requests from 0. */
export type Interceptor = (
  request: IncomingMessage,
  response: ServerResponse,
  index: number,
) => boolean | Promise<boolean>;

const digestPattern = /^sha256:[0-9a-f]{64}$/u;

/** Starts a registry on a port of its own, of this machine alone. */
export async function startMemoryRegistry(
  options: {
    readonly manner?: RegistryManner;
    readonly before?: Interceptor;
    /** Called after each request was answered. */
    readonly after?: (index: number) => void;
    readonly server?: (listener: (request: IncomingMessage, response: ServerResponse) => void) => Server;
  } = {},
): Promise<MemoryRegistry> {
  const { manner = {}, before, after } = options;
  const repositories = new Map<string, StoredRepository>();
  const requests: string[] = [];
  const headers: IncomingMessage['headers'][] = [];

  function repository(name: string): StoredRepository {
    const found = repositories.get(name) ?? { blobs: new Map(), manifests: new Map(), tags: new Map() };
    repositories.set(name, found);
    return found;
  }

  const uploads = memoryUploads(manner, repositories, repository);

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
    const url = new URL(request.url ?? '/', 'http://registry');
    const path = decodeURIComponent(url.pathname);
    response.setHeader('docker-distribution-api-version', 'registry/2.0');
    if (path === '/v2/' || path === '/v2') return response.writeHead(200).end('{}');
    if (path === '/v2/_catalog') return sendJson(response, 200, { repositories: [...repositories.keys()].sort() });
    const match = /^\/v2\/(.+?)\/(blobs\/uploads|blobs|manifests|tags|referrers)\/(.*)$/u.exec(path);
    if (match === null) return fail(response, 404, 'NOT_FOUND');
    const [, name = '', kind = '', rest = ''] = match;
    if (kind === 'blobs/uploads') return uploads.handle(request, response, name, rest, url);
    if (kind === 'blobs') return handleBlob(request, response, name, rest);
    if (kind === 'manifests') return handleManifest(request, response, name, rest);
    if (kind === 'tags') return listTags(response, name, url);
    return listReferrers(response, name, rest, url);
  }

  function handleBlob(request: IncomingMessage, response: ServerResponse, name: string, digest: string): unknown {
    if (!digestPattern.test(digest)) return fail(response, 400, 'DIGEST_INVALID');
    const content = repositories.get(name)?.blobs.get(digest);
    if (content === undefined) return fail(response, 404, 'BLOB_UNKNOWN');
    if (request.method === 'DELETE') {
      repository(name).blobs.delete(digest);
      return response.writeHead(202).end();
    }
    const start = Number(/^bytes=([0-9]+)-$/u.exec(request.headers.range ?? '')?.[1] ?? 0);
    const part = content.subarray(start);
    response.writeHead(start === 0 ? 200 : 206, {
      'content-type': 'application/octet-stream',
      'content-length': part.length,
      'docker-content-digest': digest,
      ...(start === 0 ? {} : { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` }),
    });
    return response.end(request.method === 'HEAD' ? undefined : part);
  }

  async function handleManifest(
    request: IncomingMessage,
    response: ServerResponse,
    name: string,
    reference: string,
  ): Promise<unknown> {
    const isDigest = reference.includes(':');
    if (request.method === 'PUT') return putManifest(request, response, name, reference);
    const found = repositories.get(name);
    const digest = isDigest ? reference : found?.tags.get(reference);
    const manifest = found?.manifests.get(digest ?? '');
    if (found === undefined || digest === undefined || manifest === undefined) {
      return fail(response, 404, 'MANIFEST_UNKNOWN');
    }
    if (request.method === 'DELETE') {
      if (manner.deletion === false) return fail(response, 405, 'UNSUPPORTED');
      if (isDigest) {
        found.manifests.delete(digest);
        for (const [tag, target] of found.tags) if (target === digest) found.tags.delete(tag);
      } else found.tags.delete(reference);
      return response.writeHead(202).end();
    }
    response.writeHead(200, {
      'content-type': manifest.mediaType,
      'content-length': manifest.content.length,
      'docker-content-digest': digest,
    });
    return response.end(request.method === 'HEAD' ? undefined : manifest.content);
  }

  async function putManifest(
    request: IncomingMessage,
    response: ServerResponse,
    name: string,
    reference: string,
  ): Promise<unknown> {
    const content = await readBody(request);
    const digest = digestOf(content);
    if (reference.includes(':') && reference !== digest) return fail(response, 400, 'DIGEST_INVALID');
    const named = documentOf(content);
    if (named === undefined) return fail(response, 400, 'MANIFEST_INVALID');
    const stored = repository(name);
    const isThere =
      named.blobs.every((one) => stored.blobs.has(one)) && named.manifests.every((one) => stored.manifests.has(one));
    if (!isThere) return fail(response, 404, 'MANIFEST_BLOB_UNKNOWN');
    stored.manifests.set(digest, { content, mediaType: request.headers['content-type'] ?? '' });
    if (!reference.includes(':')) stored.tags.set(reference, digest);
    if (named.subject !== undefined && manner.referrersApi !== false) response.setHeader('oci-subject', named.subject);
    return response
      .writeHead(201, { location: `/v2/${name}/manifests/${digest}`, 'docker-content-digest': digest })
      .end();
  }

  function listTags(response: ServerResponse, name: string, url: URL): unknown {
    const found = repositories.get(name);
    if (found === undefined) return fail(response, 404, 'NAME_UNKNOWN');
    const all = [...found.tags.keys()].sort().filter((tag) => tag > (url.searchParams.get('last') ?? ''));
    const size = Math.min(Number(url.searchParams.get('n') ?? Infinity), manner.pageSize ?? Infinity);
    const tags = all.slice(0, size);
    if (tags.length < all.length) {
      response.setHeader('link', `</v2/${name}/tags/list?n=${size}&last=${tags.at(-1) ?? ''}>; rel="next"`);
    }
    return sendJson(response, 200, { name, tags });
  }

  function listReferrers(response: ServerResponse, name: string, digest: string, url: URL): unknown {
    if (manner.referrersApi === false) return fail(response, 404, 'NOT_FOUND');
    if (!digestPattern.test(digest)) return fail(response, 400, 'DIGEST_INVALID');
    const wanted = url.searchParams.get('artifactType');
    const manifests = [...(repositories.get(name)?.manifests ?? [])].flatMap(([found, { content, mediaType }]) => {
      const document = documentOf(content);
      if (document?.subject !== digest) return [];
      const { artifactType, annotations } = document;
      return [{ mediaType, digest: found, size: content.length, artifactType, annotations }];
    });
    if (wanted !== null) response.setHeader('oci-filters-applied', 'artifactType');
    const list = manifests.filter(({ artifactType }) => wanted === null || artifactType === wanted);
    const mediaType = 'application/vnd.oci.image.index.v1+json';
    return sendJson(response, 200, { schemaVersion: 2, mediaType, manifests: list }, mediaType);
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const index = requests.push(`${request.method ?? ''} ${request.url ?? ''}`) - 1;
    headers.push(request.headers);
    request.on('error', () => undefined);
    try {
      if ((await before?.(request, response, index)) !== true) await handle(request, response);
    } catch {
      // The client has gone, or was cut off.
      request.socket.destroy();
    } finally {
      after?.(index);
    }
  }

  const listener = (request: IncomingMessage, response: ServerResponse): void => void answer(request, response);
  const server = options.server?.(listener) ?? createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    repositories,
    requests,
    headers,
    openUploads: () => uploads.size(),
    repository,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface NamedParts {
  readonly blobs: readonly string[];
  readonly manifests: readonly string[];
  readonly subject: string | undefined;
  readonly artifactType: string | undefined;
  readonly annotations: unknown;
}

/** What a manifest names; undefined for what is no manifest. */
export function documentOf(content: Buffer): NamedParts | undefined {
  let json: Record<string, unknown>;
  try {
    json = JSON.parse(content.toString('utf8')) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  const digests = (list: unknown): string[] => ((list ?? []) as { digest: string }[]).map(({ digest }) => digest);
  const config = json['config'] as { digest: string; mediaType: string } | undefined;
  return {
    blobs: [...(config === undefined ? [] : [config.digest]), ...digests(json['layers'])],
    manifests: digests(json['manifests']),
    subject: (json['subject'] as { digest: string } | undefined)?.digest,
    artifactType: (json['artifactType'] as string | undefined) ?? config?.mediaType,
    annotations: json['annotations'],
  };
}
