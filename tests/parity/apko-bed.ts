import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stringify } from 'yaml';
import { buildCommand } from '../../provider/cli/build.js';
import { exitCodes } from '../../provider/cli/terminal.js';
import { openCreator } from '../../provider/creator/open-creator.js';
import { makeSigningKey } from '../../provider/packages/apk/testing/apk-maker.js';
import type { MadePackage } from '../../provider/packages/apk/testing/apk-maker.js';
import { makeRepository } from '../../provider/packages/apk/testing/apk-repository-maker.js';
import { readConfiguration } from '../../provider/resources/configuration.js';
import { describeError } from '../../provider/support/errors.js';
import { capture } from '../setup/run.mjs';
import { readImageTree } from './image-tree.js';
import type { ImageTree } from './image-tree.js';

/** One configuration with the repositories it is built from. */
export interface ParityCase {
  readonly title: string;
  /** By the folder that the configuration names them by. */
  readonly repositories: Readonly<Record<string, readonly MadePackage[]>>;
  /** The apko file; `contents.keyring` and `contents.repositories` are filled in where it is silent. */
  readonly file: Readonly<Record<string, unknown>>;
  /** True when releases of apko differ: the result is that of apko 1.2 since July 2026. */
  readonly isNewer?: boolean;
  /** `amd64` when not given. */
  readonly architecture?: 'amd64' | 'arm64';
}

/** What a builder made of a case. */
export interface ParityOutcome {
  readonly image: ImageTree | undefined;
  /** What it said when it refused. */
  readonly error: string | undefined;
  /** Text of a file in the image. */
  text(path: string): string | undefined;
}

/** A folder with a signing key, in which cases are laid out and built. */
export interface ParityBed {
  readonly publicKey: string;
  /** Builds with this project's own command. */
  ours(one: ParityCase): Promise<ParityOutcome>;
  /** Builds with apko; `program` is its name or path. */
  apko(one: ParityCase, program?: string): Promise<ParityOutcome>;
  close(): Promise<void>;
}

const keyFile = 'tests.rsa.pub';

/** Opens a bed in a temporary folder. */
export async function openParityBed(): Promise<ParityBed> {
  const folder = await mkdtemp(path.join(tmpdir(), 'private-image-parity-'));
  const key = makeSigningKey(keyFile);
  const laid = new Map<ParityCase, Promise<string>>();
  const environment = { PRIVATE_IMAGE_CACHE: path.join(folder, 'cache') };
  const clock = (): Date => new Date('2026-06-01T10:00:00Z');
  const settings = readConfiguration({ environment, workingDirectory: folder, home: folder });
  const creator = openCreator(settings, { environment, clock, report: () => undefined });

  async function lay({ repositories, file }: ParityCase): Promise<string> {
    const place = await mkdtemp(path.join(folder, 'case-'));
    for (const [name, packages] of Object.entries(repositories)) {
      await makeRepository(path.join(place, name), packages, {
        key,
        architectures: ['x86_64', 'aarch64'],
        compression: 'stored',
      });
    }
    await writeFile(path.join(place, keyFile), key.public.pem);
    const contents = {
      keyring: [keyFile],
      repositories: Object.keys(repositories),
      ...(file['contents'] as Record<string, unknown> | undefined),
    };
    await writeFile(path.join(place, 'image.yaml'), stringify({ archs: ['amd64'], ...file, contents }));
    return place;
  }

  function place(one: ParityCase): Promise<string> {
    const there = laid.get(one) ?? lay(one);
    laid.set(one, there);
    return there;
  }

  async function outcome(one: ParityCase, layout: string): Promise<ParityOutcome> {
    const contents = new Map<string, string>();
    const image = await readImageTree(layout, one.architecture ?? 'amd64', (file, content) => {
      contents.set(file, content.toString('latin1'));
    });
    return { image, error: undefined, text: (file) => contents.get(file) };
  }

  return {
    publicKey: key.public.pem,
    ours: async (one) => {
      const workingDirectory = await place(one);
      const layout = path.join(workingDirectory, 'ours');
      let said = '';
      const terminal = {
        environment,
        workingDirectory,
        home: folder,
        clock,
        signal: creator.signal,
        write: () => undefined,
        writeError: (text: string) => void (said += text),
        isTerminal: false,
      };
      try {
        const code = await buildCommand('image.yaml', { output: layout })(creator, terminal);
        if (code === exitCodes.done) return await outcome(one, layout);
      } catch (error) {
        said += describeError(error);
      }
      return { image: undefined, error: said, text: () => undefined };
    },
    apko: async (one, program = 'apko') => {
      const cwd = await place(one);
      const layout = path.join(cwd, 'apko');
      await mkdir(layout, { recursive: true });
      const quiet = ['--sbom=false', '--log-level', 'error'];
      const { code, stderr } = await capture(
        program,
        ['build', 'image.yaml', 'parity:latest', layout, '--cache-dir', path.join(folder, 'apko-cache'), ...quiet],
        { cwd, env: { ...process.env, HOME: folder, XDG_CACHE_HOME: folder } },
      );
      return code === 0 ? outcome(one, layout) : { image: undefined, error: stderr, text: () => undefined };
    },
    close: async () => {
      await creator.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
