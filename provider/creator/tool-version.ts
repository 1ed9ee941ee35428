import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../catalog/package-root.js';

/** The version of this package, as its own `package.json` says. */
export function toolVersion(): string {
  const file = path.join(packageRoot(fileURLToPath(import.meta.url)), 'package.json');
  const manifest: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) return String(manifest.version);
  throw new Error(`${file} says no version`);
}
