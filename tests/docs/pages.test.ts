import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { errorCodes } from './error-codes.js';
import { generatedSections, withSections } from './property-tables.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const docs = path.join(root, 'docs');
const pages = readdirSync(docs).filter((name) => name.endsWith('.md'));
const read = (name: string): string => readFileSync(path.join(docs, name), 'utf8');

describe('the pages', () => {
  it('are those that the Pulumi Registry expects, and more', () => {
    expect(pages).toEqual(expect.arrayContaining(['_index.md', 'installation-configuration.md']));
  });

  // `vitest --update` writes the tables anew.
  it.each(pages)('%s has the tables of today', async (name) => {
    await expect(withSections(read(name), generatedSections())).toMatchFileSnapshot(path.join(docs, name));
  });

  it.each([...pages, '../README.md', ...readmes()])('%s links to what is there', (name) => {
    const text = read(name);
    const links = [...text.matchAll(/\]\((?<target>[^)\s]+)\)/gu)].map(({ groups }) => groups?.['target'] ?? '');
    const missing = links
      .filter((link) => !/^[a-z]+:/u.test(link))
      .filter((link) => {
        const [file = '', anchor] = link.split('#');
        const target = file === '' ? path.join(docs, name) : path.resolve(docs, path.dirname(name), file);
        if (!existsSync(target)) return true;
        return anchor !== undefined && !anchorsIn(readFileSync(target, 'utf8')).includes(anchor);
      });
    expect(missing).toEqual([]);
  });

  it('tell of every property and setting', () => {
    const used = pages.flatMap((name) => [...read(name).matchAll(/<!-- ((?!end)[\w ]+) -->/gu)].map(([, one]) => one));
    expect(used.sort()).toEqual(Object.keys(generatedSections()).sort());
  });
});

describe('troubleshooting', () => {
  const text = read('troubleshooting.md');
  const listed = [...text.matchAll(/^\| `(?<code>[a-z-]+\/[a-z-]+)` \|/gmu)].map(
    ({ groups }) => groups?.['code'] ?? '',
  );

  it('lists every error code once, and none that there is not', () => {
    expect(listed.toSorted()).toEqual(errorCodes(root));
  });

  it('says of each what happened and what to do', () => {
    for (const code of listed) {
      const row = text.split('\n').find((line) => line.startsWith(`| \`${code}\``)) ?? '';
      const cells = row.split(' | ').slice(1);
      expect(
        cells.map((cell) => cell.replace(/ \|$/u, '').length > 10),
        row,
      ).toEqual([true, true]);
    }
  });
});

/** The README of each example, as seen from the pages. */
function readmes(): readonly string[] {
  return readdirSync(path.join(root, 'examples'))
    .map((name) => `../examples/${name}/README.md`)
    .filter((name) => existsSync(path.join(docs, name)));
}

/** The anchors of the headings, as forges make them. */
function anchorsIn(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (?<title>.+)$/gmu)].map(({ groups }) =>
    (groups?.['title'] ?? '')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
