import { createRequire } from 'node:module';
import type * as Undici from 'undici';

const require = createRequire(import.meta.url);

/** undici, loaded when the first connection is made: whoever reads files and writes folders needs none, and it takes its time to load. */
export function undici(): typeof Undici {
  return require('undici') as typeof Undici;
}
