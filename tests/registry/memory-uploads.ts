/** The uploads of the registry in memory. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { digestOf, fail, readBody } from './memory-answers.js';
import type { RegistryManner, StoredRepository } from './stored-repository.js';

/** Uploads that were begun. */
export interface MemoryUploads {
  size(): number;
  handle(request: IncomingMessage, response: ServerResponse, name: string, id: string, url: URL): Promise<unknown>;
}

interface Upload {
  readonly repository: string;
  content: Buffer;
}

/** Takes blobs in, in one piece, in several, and from other repositories, as far as `manner` goes. */
export function memoryUploads(
  manner: RegistryManner,
  repositories: ReadonlyMap<string, StoredRepository>,
  repository: (name: string) => StoredRepository,
): MemoryUploads {
  const uploads = new Map<string, Upload>();
  let uploadCount = 0;

  function locationOf(name: string, id: string, request: IncomingMessage): string {
    const path = `/v2/${name}/blobs/uploads/${id}?_state=a%2Fb%3D&n=1`;
    return manner.absoluteLocations === true ? `http://${request.headers.host ?? ''}${path}` : path;
  }

  async function handle(
    request: IncomingMessage,
    response: ServerResponse,
    name: string,
    id: string,
    url: URL,
  ): Promise<unknown> {
    if (request.method === 'POST' && id === '') {
      const digest = url.searchParams.get('mount');
      const source = repositories.get(url.searchParams.get('from') ?? '')?.blobs.get(digest ?? '');
      if (digest !== null && source !== undefined && manner.mounts !== false) {
        repository(name).blobs.set(digest, source);
        return response
          .writeHead(201, { location: `/v2/${name}/blobs/${digest}`, 'docker-content-digest': digest })
          .end();
      }
      uploadCount += 1;
      const made = `upload-${uploadCount}`;
      uploads.set(made, { repository: name, content: Buffer.alloc(0) });
      const smallest = manner.smallestChunk;
      if (smallest !== undefined) response.setHeader('oci-chunk-min-length', String(smallest));
      return response.writeHead(202, { location: locationOf(name, made, request), range: '0-0' }).end();
    }
    const upload = uploads.get(id);
    if (upload?.repository !== name) return fail(response, 404, 'BLOB_UPLOAD_UNKNOWN');
    if (url.searchParams.get('_state') !== 'a/b=') return fail(response, 400, 'BLOB_UPLOAD_INVALID');
    const range = (): string => `0-${Math.max(upload.content.length - 1, 0)}`;
    if (request.method === 'GET') {
      return response.writeHead(204, { location: locationOf(name, id, request), range: range() }).end();
    }
    if (request.method === 'DELETE') {
      uploads.delete(id);
      return response.writeHead(204).end();
    }
    const length = Number(request.headers['content-length'] ?? 0);
    if (length > (manner.largestBody ?? Infinity)) return fail(response, 413, 'SIZE_INVALID');
    if (request.method === 'PATCH') {
      if (manner.chunked === false) return fail(response, 405, 'UNSUPPORTED');
      const start = /^([0-9]+)-[0-9]+$/u.exec(request.headers['content-range'] ?? '')?.[1];
      if (start !== undefined && Number(start) !== upload.content.length) {
        return fail(response, 416, 'BLOB_UPLOAD_INVALID');
      }
      // What has arrived is kept, also when the rest does not come.
      for await (const chunk of request) upload.content = Buffer.concat([upload.content, chunk as Buffer]);
      return response.writeHead(202, { location: locationOf(name, id, request), range: range() }).end();
    }
    if (request.method !== 'PUT') return fail(response, 405, 'UNSUPPORTED');
    const body = await readBody(request);
    if (body.length > 0 && upload.content.length === 0 && manner.monolithic === false) {
      return fail(response, 405, 'UNSUPPORTED');
    }
    const content = Buffer.concat([upload.content, body]);
    const digest = url.searchParams.get('digest') ?? '';
    uploads.delete(id);
    const location = `/v2/${name}/blobs/${digest}`;
    if (manner.verifies === false) {
      repository(name).blobs.set(digest, content);
      return response.writeHead(201, { location }).end();
    }
    if (digest !== digestOf(content)) return fail(response, 400, 'DIGEST_INVALID');
    repository(name).blobs.set(digest, content);
    return response.writeHead(201, { location, 'docker-content-digest': digest }).end();
  }

  return { size: () => uploads.size, handle };
}
