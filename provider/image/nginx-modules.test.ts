import { describe, expect, it } from 'vitest';
import { applyReplacements } from './apply-replacements.js';
import { enabledNginxModules } from './nginx-modules.js';
import { withStated } from './stated-alternatives.js';
import { rootOf } from './testing/root-dsl.js';

const generated = `#!/bin/sh
set -e
# Automatically added by dh_nginx/UNDECLARED
for confpair in mod-stream.conf:50-mod-stream.conf mod-http-ndk.conf:10-mod-http-ndk.conf  ; do
	from=$(echo $confpair | cut -d: -f1)
done
# End automatically added section
`;

describe('nginx modules of packages', () => {
  it('are switched on where their settings are in the image', async () => {
    const root = rootOf(
      ...['usr/', 'usr/share/', 'usr/share/nginx/', 'usr/share/nginx/modules-available/'],
      'usr/share/nginx/modules-available/mod-stream.conf=load_module modules/ngx_stream_module.so;',
    );
    await applyReplacements(root, withStated([], [{ segment: enabledNginxModules(generated) }]), new Set());
    expect(root.entry('etc/nginx/modules-enabled/50-mod-stream.conf')?.linkTarget).toBe(
      '/usr/share/nginx/modules-available/mod-stream.conf',
    );
    expect(root.entry('etc/nginx/modules-enabled/10-mod-http-ndk.conf')).toBeUndefined();
  });

  it.each([
    ['by hand', generated.replace('dh_nginx', 'dh_other')],
    ['with a path', generated.replace('mod-stream.conf:', '../x.conf:')],
  ])('are not guessed from what is written %s', (_, script) => {
    expect(enabledNginxModules(script)).toEqual({});
  });
});
