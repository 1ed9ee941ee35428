/** Runs programs of arm64 on another processor, by qemu and the kernel's binfmt_misc. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { capture, findProgram } from './run.mjs';

/** Whether programs of arm64 run here. */
export interface Emulation {
  /** What is missing: `needs …`; undefined when they run. */
  readonly missing: string | undefined;
  /** Takes back what was registered. */
  close(): void;
}

const folder = '/proc/sys/fs/binfmt_misc';
const emulator = 'qemu-aarch64-static';
/** Our own name: another registration of the same kind is left alone. */
const entry = 'private-image-aarch64';

/** The header of an ELF program of arm64, and which bits of it count: https://docs.kernel.org/admin-guide/binfmt-misc.html */
const magic = String.raw`\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00`;
const mask = String.raw`\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff`;

/** Makes programs of arm64 run, in containers as well, where they do not already. Needs root for that. */
export async function openEmulation(): Promise<Emulation> {
  const nothing = (missing?: string): Emulation => ({ missing, close: () => undefined });
  if (process.arch === 'arm64' || existsSync(join(folder, 'qemu-aarch64'))) return nothing();
  const program = findProgram(emulator);
  if (program === undefined) return nothing(`needs ${emulator}: not on the PATH`);
  if (!existsSync(join(folder, 'register'))) await capture('mount', ['-t', 'binfmt_misc', 'binfmt_misc', folder]);
  try {
    // F: the kernel opens the emulator now, so that containers need not have it.
    if (!existsSync(join(folder, entry)))
      writeFileSync(join(folder, 'register'), `:${entry}:M::${magic}:${mask}:${program}:F`);
  } catch (error) {
    return nothing(`needs binfmt_misc for ${emulator}: ${error instanceof Error ? error.message : String(error)}`);
  }
  return {
    missing: undefined,
    close: () => {
      if (existsSync(join(folder, entry))) writeFileSync(join(folder, entry), '-1');
    },
  };
}
