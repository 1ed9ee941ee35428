import { claimTag } from '../creator/claim.js';
import { type BuildDescription, describeRepository } from '../creator/describe-repository.js';
import { byExactness } from '../creator/exactness.js';
import { openReference } from '../creator/open-reference.js';
import { hasTimestamp } from '../creator/tags.js';
import { validateLayout } from '../image/validate-layout.js';
import type { Repository } from '../registry/registry.js';
import { isCosignTag } from '../signing/cosign-tag.js';
import { formatBytes } from '../support/byte-count.js';
import type { Digest } from '../support/digest.js';
import { PrivateImageError } from '../support/errors.js';
import { printable } from '../support/printable.js';
import type { Action } from './action.js';
import { exitCodes } from './terminal.js';

/** What `private-image inspect` takes beside the image. */
export interface InspectOptions {
  readonly validate?: boolean;
  readonly json?: boolean;
}

/** `private-image inspect`: the builds in a registry or an OCI image layout; of one tag or digest when it is named; with `--validate` every digest in them is recomputed and exit code 1 says that something is wrong. */
export function inspectCommand(image: string, options: InspectOptions): Action {
  return async (creator, terminal) => {
    const { repository, reference } = openReference(creator, image, terminal.workingDirectory);
    const wanted = reference === undefined ? undefined : await digestAt(repository, reference);
    const faults = options.validate === true ? (await validateLayout(repository, wanted)).faults : [];
    for (const fault of faults) terminal.writeError(`error: ${fault}\n`);
    if (faults.length > 0) return exitCodes.failed;
    const builds = await describeRepository(repository, wanted);
    if (builds.length === 0) {
      throw new PrivateImageError<'registry/missing'>('registry/missing', `${image} holds no private image`, {
        hint: 'Name one image: host/<tenant>/<name> of a registry, or its folder, as .private-image/registry/<tenant>/<name>.',
      });
    }
    if (options.json === true) terminal.write(`${JSON.stringify(builds, null, 2)}\n`);
    else for (const build of builds) terminal.write(textOf(build));
    if (options.validate === true) terminal.writeError('every digest and size is as it should be\n');
    return exitCodes.done;
  };
}

async function digestAt(repository: Repository, reference: string): Promise<Digest> {
  const found = await repository.getManifest(reference);
  if (found !== undefined) return found.descriptor.digest;
  const isShown = (tag: string): boolean => tag !== claimTag && !isCosignTag(tag) && !hasTimestamp(tag);
  const tags = (await repository.tags({ only: isShown })).map(({ tag }) => tag);
  throw new PrivateImageError<'registry/missing'>(
    'registry/missing',
    `There is no ${reference} in ${repository.reference}`,
    { hint: tags.length === 0 ? 'It has no tags.' : `Its tags: ${tags.sort(byExactness).join(', ')}.` },
  );
}

function textOf(build: BuildDescription): string {
  const lines = [
    `${build.version}  ${build.digest}`,
    `  tags      ${build.tags.join(' ')}`,
    ...(build.sbomUrl === undefined ? [] : [`  sbom      ${build.sbomUrl}`]),
  ];
  for (const image of build.images) {
    const program = [...image.entrypoint, ...image.command];
    const size = image.layers.reduce((sum, layer) => sum + layer.size, 0);
    lines.push(
      `  ${image.architecture}     ${image.digest}`,
      `    user    ${image.user}, working directory ${image.workingDirectory}, created ${image.created}`,
      ...(program.length === 0 ? [] : [`    runs    ${program.join(' ')}`]),
      ...(image.ports.length === 0 ? [] : [`    ports   ${image.ports.join(' ')}`]),
      ...(image.volumes.length === 0 ? [] : [`    volumes ${image.volumes.join(' ')}`]),
      `    layers  ${image.layers.length}, ${formatBytes(size)}`,
      ...image.layers.map((layer) => `      ${formatBytes(layer.size).padStart(9)}  ${layer.title}`),
    );
  }
  // What an image says of itself may have been written by anybody.
  return `${lines.map(printable).join('\n')}\n`;
}
