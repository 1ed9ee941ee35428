import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';

/** The forms in which a user and password show: as they are, in a URL, and in a header. */
export function formsOf(user: string, password: string): readonly string[] {
  return [password, encodeURIComponent(password), Buffer.from(`${user}:${password}`).toString('base64')];
}

/** The files below `folder` that hold one of `secrets`, in their name, in their bytes, or in what those unpack to. */
export async function leaksIn(folder: string, secrets: readonly string[]): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  const leaks: string[] = [];
  for (const file of files) {
    const content = await readFile(file);
    const isGzip = content[0] === 0x1f && content[1] === 0x8b;
    const texts = [file, content.toString('latin1'), ...(isGzip ? [gunzipSync(content).toString('latin1')] : [])];
    if (secrets.some((secret) => texts.some((text) => text.includes(secret)))) leaks.push(file);
  }
  return leaks;
}
