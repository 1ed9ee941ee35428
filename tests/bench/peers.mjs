// @ts-check
/** Programs that do the same: how they are called on the same input. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { corpora } from './corpus.mjs';

/**
 * @typedef {object} PeerInput
 * @property {import('./workspace.mjs').Workspace} workspace
 * @property {import('./repositories.mjs').Repositories} made
 * @property {import('./corpus.mjs').CorpusSize} size
 * @property {string} place a folder for what it writes
 */

/**
 * @typedef {object} PeerStep
 * @property {string} title
 * @property {string} [program] another than the peer itself
 * @property {(input: PeerInput) => string[]} args
 */

/** @type {{ program: string, steps: readonly PeerStep[] }} */
export const apko = {
  program: 'apko',
  steps: [
    {
      title: 'apko build',
      args: ({ workspace, size, place }) => {
        const output = join(place, 'apko');
        mkdirSync(output, { recursive: true });
        const cache = ['--cache-dir', join(place, 'apko-cache'), '--log-level', 'error'];
        return ['build', '--arch', 'amd64', ...cache, workspace.apkoFile(size), 'bench:latest', output];
      },
    },
  ],
};

/** @type {{ program: string, steps: readonly PeerStep[] }} */
export const mmdebstrap = {
  program: 'mmdebstrap',
  steps: [
    {
      title: 'mmdebstrap --variant=extract',
      args: ({ workspace, made, size, place }) => [
        ...['--quiet', '--variant=extract', '--mode=root', '--architectures=amd64'],
        // The repositories lie in a home that apt's own user cannot read.
        ...['--aptopt=APT::Sandbox::User "root"', `--include=${corpora[size].join(',')}`],
        ...[
          'bench',
          join(place, 'extracted'),
          `deb [signed-by=${made.debKey}] copy://${workspace.folder}/deb bench main`,
        ],
      ],
    },
  ],
};

/** What mmdebstrap has extracted, packed as the one layer of an image. */
export const umoci = {
  program: 'umoci',
  title: 'umoci insert of that',
  /** @param {string} place */
  before: (place) => [
    ['init', '--layout', join(place, 'umoci')],
    ['new', '--image', `${join(place, 'umoci')}:bench`],
  ],
  /** @param {string} place */
  args: (place) => ['insert', '--image', `${join(place, 'umoci')}:bench`, join(place, 'extracted'), '/'],
};
