import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { packageRoot } from '../catalog/package-root.js';

/** The version of this package, as its own `package.json` says. */
export function toolVersion(): string {
  const file = path.join(packageRoot(fileURLToPath(import.meta.url)), 'package.json');
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(file, 'utf8'))).version;
}
