import { spawn, type SpawnOptionsWithoutStdio } from 'node:child_process';
import type { Ended } from '../setup/run.mjs';

/** How a run ended that a person interrupted. */
export interface Interrupted extends Ended {
  /** Seconds from the interrupt on. */
  readonly seconds: number;
  /** How often it was interrupted. */
  readonly presses: number;
}

/** Runs the Pulumi CLI and interrupts it when `moment` resolves, as a person does: once more every three seconds for as long as it goes on. */
export async function interrupted(
  moment: Promise<unknown>,
  args: readonly string[],
  options: SpawnOptionsWithoutStdio,
): Promise<Interrupted> {
  const child = spawn('pulumi', [...args, '--non-interactive'], options);
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<number>((resolve) => child.on('close', (code) => resolve(code ?? 128)));
  await Promise.race([moment, ended]);
  const start = performance.now();
  child.kill('SIGINT');
  let presses = 1;
  const impatience = setInterval(() => {
    presses += 1;
    child.kill('SIGINT');
  }, 3000);
  const code = await ended;
  clearInterval(impatience);
  return { code, stdout, stderr, seconds: (performance.now() - start) / 1000, presses };
}
