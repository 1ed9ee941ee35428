/** Runs images from OCI image layouts with podman, apart from every other container of the machine. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { capture, findProgram } from './run.mjs';

/** How a program in a container ended. */
export interface ContainerResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What to run, and how. Everything absent is as the image has it. */
export interface ContainerRequest {
  /** The folder of the OCI image layout, and a tag in it. */
  readonly layout: string;
  readonly tag: string;
  /** The arguments after the image: they replace its command. */
  readonly command?: readonly string[];
  /** A program that replaces the entrypoint. */
  readonly entrypoint?: string;
  /** `none` without a network, `host` with that of the machine. Absent: `none`. */
  readonly network?: 'none' | 'host';
  readonly environment?: Readonly<Record<string, string>>;
  /** Folders and files of the machine that are seen in the container, read-only: there → here. */
  readonly mounts?: Readonly<Record<string, string>>;
  /** Volumes that outlive a container, there → name; each begins with what the image has there. */
  readonly volumes?: Readonly<Record<string, string>>;
  /** Another architecture than the machine's, as `arm64`. */
  readonly architecture?: string;
  /** Another user than the image's, as `0`. */
  readonly user?: string;
  /** Whether the root file system is read-only, with a temporary `/tmp`. */
  readonly readOnly?: boolean;
  /** What the program reads. */
  readonly input?: string;
}

/** A container that goes on. */
export interface RunningContainer {
  stop(): Promise<ContainerResult>;
}

/** A private place for images and containers. */
export interface Containers {
  /** Runs an image to its end and removes the container. A failing program is a result; a failing podman is one with code 125 to 127. */
  run(request: ContainerRequest): Promise<ContainerResult>;
  /** Starts an image whose program goes on; `stop` ends it as an orchestrator does and gives what it wrote. */
  start(request: ContainerRequest): Promise<RunningContainer>;
  /** Removes all images and containers of this place. */
  close(): Promise<void>;
}

/** A reason to skip a test, `needs podman: …`, if one of these programs is missing. */
export function missingProgram(...programs: readonly string[]): string | undefined {
  const missing = programs.filter((program) => findProgram(program) === undefined);
  return missing.length === 0 ? undefined : `needs ${missing.join(', ')}: not on the PATH`;
}

/** Makes a private place for containers in a temporary folder. Throws if podman cannot work there. */
export async function openContainers(): Promise<Containers> {
  const folder = mkdtempSync(join(tmpdir(), 'private-image-containers-'));
  const env = {
    ...process.env,
    CONTAINERS_CONF: join(folder, 'containers.conf'),
    CONTAINERS_STORAGE_CONF: join(folder, 'storage.conf'),
  };
  writeFileSync(env.CONTAINERS_CONF, engineSettings(folder));
  await chooseStorage(folder, env);
  const run = (request: ContainerRequest, options: readonly string[]): Promise<ContainerResult> => {
    const { input } = request;
    const cwd = withLayout(folder, request.layout);
    return capture('podman', runArguments(request, options), { cwd, env, ...(input === undefined ? {} : { input }) });
  };
  return {
    run: (request) => run(request, ['--rm']),
    start: async (request) => {
      const { code, stdout, stderr } = await run(request, ['--detach']);
      if (code !== 0) throw new Error(`podman cannot start ${request.layout}: ${stderr}`);
      const name = stdout.trim();
      return {
        stop: async () => {
          const stopped = await capture('podman', ['stop', '--time=20', name], { env });
          const logs = await capture('podman', ['logs', name], { env });
          await capture('podman', ['rm', '--force', name], { env });
          return { code: stopped.code, stdout: logs.stdout, stderr: logs.stderr };
        },
      };
    },
    close: async () => {
      await capture('podman', ['system', 'reset', '--force'], { env });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * A folder in which the layout is called `layout`: podman makes an image's name of the path that it is given, and refuses
 * one with a capital letter, or with a part that begins with a dot.
 */
function withLayout(folder: string, layout: string): string {
  const place = mkdtempSync(join(folder, 'run-'));
  symlinkSync(resolve(layout), join(place, 'layout'));
  return place;
}

/** Settings that hold where systemd is not, where limits cannot be raised, and where no other container may be disturbed. */
function engineSettings(folder: string): string {
  return [
    '[containers]',
    'default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]',
    '[engine]',
    'runtime = "runc"',
    'cgroup_manager = "cgroupfs"',
    'events_logger = "file"',
    `tmp_dir = "${join(folder, 'tmp')}"`,
    '',
  ].join('\n');
}

/** The overlay driver where the file system bears it, else plain copies. */
async function chooseStorage(folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  const refusals: string[] = [];
  for (const driver of ['overlay', 'vfs']) {
    const place = join(folder, driver);
    mkdirSync(place);
    const lines = ['[storage]', `driver = "${driver}"`, `graphroot = "${place}/root"`, `runroot = "${place}/run"`, ''];
    writeFileSync(join(folder, 'storage.conf'), lines.join('\n'));
    const { code, stderr } = await capture('podman', ['info'], { env });
    if (code === 0) return;
    refusals.push(stderr.trim());
  }
  throw new Error(`podman does not work here: ${refusals.join('; ')}`);
}

function runArguments(request: ContainerRequest, options: readonly string[]): string[] {
  const { tag, command = [], entrypoint, network = 'none', environment = {}, input, readOnly, user } = request;
  const { mounts = {}, volumes = {}, architecture } = request;
  return [
    'run',
    ...options,
    '--quiet',
    `--network=${network}`,
    ...(readOnly === true ? ['--read-only', '--tmpfs=/tmp'] : []),
    ...(input === undefined ? [] : ['--interactive']),
    ...(entrypoint === undefined ? [] : [`--entrypoint=${entrypoint}`]),
    ...Object.entries(environment).map(([key, value]) => `--env=${key}=${value}`),
    ...(architecture === undefined ? [] : [`--arch=${architecture}`]),
    ...(user === undefined ? [] : [`--user=${user}`]),
    ...Object.entries(volumes).map(([there, name]) => `--volume=${name}:${there}`),
    ...Object.entries(mounts).map(([there, here]) => `--volume=${here}:${there}:ro`),
    `oci:layout:${tag}`,
    ...command,
  ];
}
