#!/usr/bin/env node
import * as modules from 'node:module';
import { homedir } from 'node:os';
import process from 'node:process';
import { keepYoungGenerationSmall } from '../support/v8-settings.js';
import { startFolder, watchStandardStreams } from './standard-streams.js';
import { exitCodes } from './terminal.js';

keepYoungGenerationSmall();
// Node 22 and later keep compiled code between runs.
(modules as { readonly enableCompileCache?: () => unknown }).enableCompileCache?.();
const { runProgram } = await import('./program.js');
watchStandardStreams();
const workingDirectory = startFolder();
if (workingDirectory === undefined) {
  process.stderr.write('error: the folder that this program was started in has been deleted: go to another\n');
  process.exit(exitCodes.failed);
}

const interrupted = new AbortController();
process.once('SIGINT', () => {
  interrupted.abort();
});
process.once('SIGTERM', () => {
  interrupted.abort();
});

process.exitCode = await runProgram(process.argv.slice(2), {
  environment: process.env,
  workingDirectory,
  home: homedir(),
  clock: () => new Date(),
  signal: interrupted.signal,
  write: (text) => void process.stdout.write(text),
  writeError: (text) => void process.stderr.write(text),
  isTerminal: process.stderr.isTTY,
});
