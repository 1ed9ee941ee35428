import { rootFile } from './root-file-system.js';
import type { RootFileSystem } from './root-file-system.js';

const defaultPriority = '20';

/**
 * What the scripts of Debian's PHP packages do: the settings of each module go to `mods-available`, each server API gets a link to
 * them that starts with the priority that the file states (`phpenmod`), and a `php.ini`.
 */
export async function enablePhpModules(root: RootFileSystem, version: string, apis: readonly string[]): Promise<void> {
  const available = `etc/php/${version}/mods-available`;
  const packaged = root
    .below('usr/share')
    .filter(
      ({ path, type }) =>
        type === 'file' &&
        path.startsWith(`usr/share/php${version}-`) &&
        /^[^/]+\/[^/]+\/[^/]+\/[^/]+\/[^/]+\.ini$/.test(path),
    )
    .map(({ path }) => path);
  for (const [path, content] of await root.read(packaged))
    root.writeFile(`${available}/${nameOf(path)}`, content, rootFile);
  const modules = root
    .below(available)
    .filter(({ path, type }) => type === 'file' && path.endsWith('.ini'))
    .map(({ path }) => path);
  const contents = await root.read(modules);
  for (const path of modules) {
    const priority =
      /^;\s*priority\s*=\s*(\d+)/m.exec(contents.get(path)?.toString('utf8') ?? '')?.[1] ?? defaultPriority;
    for (const api of apis) root.symlink(`etc/php/${version}/${api}/conf.d/${priority}-${nameOf(path)}`, `/${path}`);
  }
  for (const api of apis) await writeSettings(root, version, api);
}

async function writeSettings(root: RootFileSystem, version: string, api: string): Promise<void> {
  const settings = `etc/php/${version}/${api}/php.ini`;
  const production = `usr/lib/php/${version}/php.ini-production`;
  const template = [`${production}.${api}`, production].find((path) => root.exists(path));
  if (template === undefined || root.exists(settings)) return;
  const content = (await root.read([template])).get(template);
  if (content !== undefined) root.writeFile(settings, content, rootFile);
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
