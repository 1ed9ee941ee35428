// @ts-check
/** Makes the compiled command executable, as npm does when it installs the package. */
import { chmodSync, readFileSync } from 'node:fs';

const root = new URL('../../', import.meta.url);
/** @type {{ bin: Record<string, string> }} */
const manifest = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
for (const file of Object.values(manifest.bin)) chmodSync(new URL(file, root), 0o755);
