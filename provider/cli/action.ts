import type { OpenCreator } from '../creator/open-creator.js';
import type { Terminal } from './terminal.js';

/** What a command does; gives the exit code. */
export type Action = (creator: OpenCreator, terminal: Terminal) => Promise<number>;
