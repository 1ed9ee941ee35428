import process from 'node:process';
import { errorCode } from '../store/store-error.js';
import { exitCodes } from './terminal.js';

/**
 * Ends the program when standard output cannot be written any more: in silence when its reader wants no more, as `head`, else with the
 * reason. What nobody reads of standard error ends nothing.
 */
export function watchStandardStreams(): void {
  process.stdout.on('error', (error: Error) => {
    if (errorCode(error) === 'EPIPE') process.exit(exitCodes.unread);
    process.stderr.write(`error: standard output cannot be written: ${error.message}\n`);
    process.exit(exitCodes.failed);
  });
  process.stderr.on('error', () => undefined);
}

/** The folder that the program was started in, absolute; undefined when it has been deleted. */
export function startFolder(): string | undefined {
  try {
    return process.cwd();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
