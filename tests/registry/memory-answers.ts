/** Answers of the registry in memory. */
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** The digest of bytes. */
export function digestOf(content: Uint8Array): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

/** The body of a request. Throws when it does not come to its end. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Answers with JSON. */
export function sendJson(response: ServerResponse, status: number, value: unknown, type = 'application/json'): unknown {
  return response.writeHead(status, { 'content-type': type }).end(JSON.stringify(value));
}

/** Answers with an error of the specification. */
export function fail(response: ServerResponse, status: number, code: string): unknown {
  return sendJson(response, status, { errors: [{ code, message: code.toLowerCase().replaceAll('_', ' ') }] });
}
