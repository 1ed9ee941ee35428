// @ts-check
/** Where things lie: the clone, and what is kept outside of it between clones. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the clone, without a final slash. */
export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** The folder for what is costly to get and the same for every clone. */
export const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'pulumi-private-image');
