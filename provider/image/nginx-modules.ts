import type { Segment, StatedLink } from './segment.js';

const section = /^# Automatically added by dh_nginx\b[\s\S]*?^# End automatically added section/gm;
const pairs = /^for confpair in((?:\s+[\w+-]+\.conf:[\w+-]+\.conf)+)\s*;\s*do$/gm;

/**
 * The links that switch on the nginx modules of a package, as dh_nginx has its install script make them: without them nginx does not know
 * what a module is for.
 */
export function enabledNginxModules(script: string): Pick<Segment, 'links'> {
  const links = (script.match(section) ?? [])
    .flatMap((text) => [...text.matchAll(pairs)].flatMap(([, list = '']) => list.trim().split(/\s+/)))
    .map((pair): StatedLink => {
      const [from = '', to = ''] = pair.split(':');
      return {
        kind: 'link',
        path: `/etc/nginx/modules-enabled/${to}`,
        target: `/usr/share/nginx/modules-available/${from}`,
      };
    });
  return links.length === 0 ? {} : { links };
}
