import { parseStanza } from '../packages/deb/control.js';
import type { ControlFields } from '../packages/deb/control.js';
import { rootDirectory, rootFile } from './root-file-system.js';
import type { RootFileSystem } from './root-file-system.js';

const profileFolder = 'usr/share/pam-configs';
const templateFolder = 'usr/share/pam';
const stateFolder = 'var/lib/pam';
const types = ['auth', 'account', 'password', 'session', 'session-noninteractive'];

interface Profile {
  readonly name: string;
  readonly priority: number;
  readonly fields: ControlFields;
}

type Block = 'primary' | 'additional';

interface PamLine {
  readonly profile: string;
  /** As the profile states it: `[success=end default=ignore]	pam_unix.so`. */
  readonly text: string;
}

/**
 * Writes `/etc/pam.d/common-*` from the templates of libpam-runtime and the profiles that packages bring and enable, and what
 * `pam-auth-update` remembers of them in `/var/lib/pam` (https://wiki.ubuntu.com/PAMConfigFrameworkSpec). Does nothing without
 * libpam-runtime. Throws `control/malformed` for a profile that is none.
 */
export async function configurePam(root: RootFileSystem): Promise<void> {
  const all = await profilesOf(root);
  const enabled = all.filter(({ fields }) => fields.get('default') === 'yes');
  const templates = types.filter((type) => root.exists(`${templateFolder}/common-${type}`));
  if (templates.length === 0) return;
  root.directory(stateFolder, rootDirectory);
  const texts = await root.read(templates.map((type) => `${templateFolder}/common-${type}`));
  for (const type of templates) {
    const interactive = type !== 'session-noninteractive';
    const base = type.replace('-noninteractive', '');
    const suitable = enabled.filter(({ fields }) => interactive || fields.get('session-interactive-only') !== 'yes');
    const primary = linesOf(suitable, base, 'primary');
    const additional = linesOf(suitable, base, 'additional');
    const text = (texts.get(`${templateFolder}/common-${type}`)?.toString('utf8') ?? '')
      .replace(/^\$\w+_primary\n/m, () => stackOf(base, primary, primary.length) || permit(base))
      .replace(/^\$\w+_additional\n/m, () => stackOf(base, additional, additional.length - 1));
    if (root.entry(`etc/pam.d/common-${type}`) === undefined)
      root.writeFile(`etc/pam.d/common-${type}`, text, rootFile);
    root.writeFile(`${stateFolder}/${type}`, stateOf([...primary, ...additional], primary.length === 0), rootFile);
  }
  root.writeFile(`${stateFolder}/seen`, all.map(({ name }) => `${name}\n`).join(''), rootFile);
}

/** Falling priority, then by name, as pam-auth-update has them. */
async function profilesOf(root: RootFileSystem): Promise<readonly Profile[]> {
  const paths = root
    .below(profileFolder)
    .filter(({ type }) => type === 'file')
    .map(({ path }) => path);
  const contents = await root.read(paths);
  return paths
    .map((path) => {
      const fields = parseStanza(contents.get(path)?.toString('utf8') ?? '', `/${path}`);
      return { name: path.slice(path.lastIndexOf('/') + 1), priority: Number(fields.get('priority') ?? '0'), fields };
    })
    .sort((left, right) => right.priority - left.priority || (left.name < right.name ? -1 : 1));
}

/** The first profile of a block has lines of its own for that place. */
function linesOf(profiles: readonly Profile[], type: string, block: Block): readonly PamLine[] {
  return profiles
    .filter(({ fields }) => fields.get(`${type}-type`)?.toLowerCase() === block)
    .flatMap(({ name, fields }, index) => {
      const text = (index === 0 ? fields.get(`${type}-initial`) : undefined) ?? fields.get(type) ?? '';
      const lines = text.split('\n').map((line) => line.trim());
      return lines.filter((line) => line !== '').map((line) => ({ profile: name, text: line }));
    });
}

/** Each line with its options behind one space. `end` is how many lines there are to jump over from where it stands. */
function stackOf(type: string, lines: readonly PamLine[], jumps: number): string {
  return lines
    .map(({ text }, index) => {
      const [, module = text, options = ''] = /^((?:\[[^\]]+\]|\w+)\s+\S+)\s*(.*)$/.exec(text) ?? [];
      return `${type}\t${module.replace(/^\[[^\]]*\]/, (control) => jumpOf(control, jumps - index))} ${options}\n`;
    })
    .join('');
}

/** Keeps a stack that would be empty intact. */
function permit(type: string): string {
  return `${type}\t[default=1]\t\t\tpam_permit.so\n`;
}

function jumpOf(control: string, lines: number): string {
  return control.replaceAll(/=end\b/g, `=${Math.max(lines, 0)}`);
}

function stateOf(lines: readonly PamLine[], isPermitted: boolean): string {
  const permit = isPermitted ? 'Module: null\n[default=1]\t\t\tpam_permit.so\n' : '';
  const names = [...new Set(lines.map(({ profile }) => profile))];
  const modules = names.map((name) => {
    const own = lines.filter(({ profile }) => profile === name).map(({ text }) => `${text}\n`);
    return `Module: ${name}\n${own.join('')}`;
  });
  return `${permit}${modules.join('')}`;
}
