import { spawn } from 'node:child_process';
import { registryError } from '../registry-error.js';
import { helperAnswerSchema } from './auth-file-schema.js';
import type { FoundCredential } from './credential.js';

/** How a helper program is run. */
export interface HelperSurroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Milliseconds. */
  readonly timeout: number;
}

interface Ended {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly missing: boolean;
}

/** A helper has nothing long to say. Characters. */
const longestAnswer = 1_000_000;

/**
 * Asks `docker-credential-<helper> get` for what is for `server`. Nothing known, or no such program, is no credential and a note about
 * it. Throws `registry/bad-credentials` when the program fails, hangs or answers something else; its output is never repeated.
 */
export async function askHelper(
  helper: string,
  server: string,
  surroundings: HelperSurroundings,
): Promise<FoundCredential> {
  const program = `docker-credential-${helper}`;
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/u.test(helper)) {
    throw failed(program, server, 'that is no name of a helper');
  }
  const { code, stdout, missing } = await run(program, server, surroundings);
  if (missing) return { credential: undefined, notes: [`${program} is not on the PATH`] };
  if (code === undefined) throw failed(program, server, `it did not answer in ${surroundings.timeout} ms`);
  if (code !== 0) {
    // The protocol has no code for it, only this text on the standard output.
    if (/credentials not found/iu.test(stdout)) {
      return { credential: undefined, notes: [`${program} has no credentials for ${server}`] };
    }
    throw failed(program, server, `it ended with code ${code}`);
  }
  const answer = parse(stdout);
  if (answer === undefined) throw failed(program, server, 'it answered no credentials in JSON');
  if (answer.Username === '<token>') return { credential: { kind: 'identity', token: answer.Secret }, notes: [] };
  return { credential: { kind: 'password', username: answer.Username, password: answer.Secret }, notes: [] };
}

function run(program: string, server: string, { environment, timeout }: HelperSurroundings): Promise<Ended> {
  return new Promise((resolve) => {
    // The output of errors is the helper's own affair: it may hold anything.
    const child = spawn(program, ['get'], { env: { ...environment }, stdio: ['pipe', 'pipe', 'ignore'] });
    let stdout = '';
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      // A grandchild may hold the pipe open.
      child.stdout.destroy();
      resolve({ code: undefined, stdout: '', missing: false });
    }, timeout);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (stdout.length < longestAnswer) stdout += text;
    });
    child.on('error', () => {
      clearTimeout(timer);
      resolve({ code: undefined, stdout: '', missing: true });
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code: code ?? 128, stdout, missing: false });
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(`${server}\n`);
  });
}

function parse(text: string): { readonly Username: string; readonly Secret: string } | undefined {
  try {
    return helperAnswerSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function failed(program: string, server: string, why: string): Error {
  return registryError('registry/bad-credentials', server, `the credential helper ${program} cannot be used: ${why}`, {
    hint: `Run "echo ${server} | ${program} get" to see what is wrong with it.`,
    data: { helper: program },
  });
}
