import type { ZodType } from 'zod';
import { registryError } from '../registry-error.js';
import type { Remote } from './remote.js';
import { targetOf } from './wire.js';

/** The longest page of a list, in bytes. */
const longestPage = 16 * 1024 * 1024;
const mostPages = 10_000;

/** A list that a registry gives page by page. */
export interface PagedList<Page> {
  readonly first: URL;
  readonly schema: ZodType<Page>;
  /** Absent: access to the repository. */
  readonly catalog?: boolean;
  /** Statuses that say that there is no such list. */
  readonly absent: readonly number[];
}

/** One page, and the headers it came with. */
export interface PageOf<Page> {
  readonly page: Page;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * All pages of a list, following `Link` (https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-tags); undefined
 * when there is no such list. Throws `registry/malformed` when a page has not the form of one, or the pages do not end.
 */
export async function readPages<Page>(
  { session, signal, reference }: Pick<Remote, 'session' | 'signal' | 'reference'>,
  list: PagedList<Page>,
): Promise<readonly PageOf<Page>[] | undefined> {
  const pages: PageOf<Page>[] = [];
  const visited = new Set<string>();
  for (let url: URL | undefined = list.first; url !== undefined; ) {
    if (visited.has(url.href) || visited.size >= mostPages) {
      throw malformed(session.repository, url, 'a list does not end');
    }
    visited.add(url.href);
    const answer = await session.read({
      method: 'GET',
      url,
      access: list.catalog === true ? [] : [{ repository: reference.path, actions: ['pull'] }],
      expect: [200, ...list.absent],
      maxBytes: longestPage,
      signal,
    });
    if (answer.status !== 200) return undefined;
    const parsed = list.schema.safeParse(jsonOf(answer.content));
    if (!parsed.success) throw malformed(session.repository, url, 'a list has not the form of one');
    pages.push({ page: parsed.data, headers: answer.headers });
    const next = nextLink(answer.headers['link']);
    url = next === undefined ? undefined : targetOf(session.repository, answer.url, next);
  }
  return pages;
}

/** The target of `rel="next"` in a `Link` header (RFC 8288). */
export function nextLink(header: string | undefined): string | undefined {
  for (const [, target, parameters = ''] of (header ?? '').matchAll(/<([^>]*)>((?:\s*;[^,<]*)*)/gu)) {
    if (/;\s*rel\s*=\s*"?next"?\s*(?:;|$)/iu.test(parameters)) return target;
  }
  return undefined;
}

function jsonOf(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString('utf8'));
  } catch {
    return undefined;
  }
}

function malformed(repository: string, url: URL, what: string): Error {
  return registryError('registry/malformed', repository, `${what}: GET ${url.origin}${url.pathname}`, {
    hint: 'Whatever answers there is no registry, or a damaged one.',
    data: { method: 'GET', url: `${url.origin}${url.pathname}` },
  });
}
