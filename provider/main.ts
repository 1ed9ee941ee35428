#!/usr/bin/env node
import { homedir } from 'node:os';
import { toolVersion } from './creator/tool-version.js';
import { servePlugin } from './plugin/server.js';

// The engine starts this file, or its language host loads it with `require`: nothing is exported, and nothing is awaited at its top.
// It reads the port from the first line of the output, where nothing else may stand.
void servePlugin({
  engineAddress: process.argv[2],
  environment: process.env,
  workingDirectory: process.cwd(),
  home: homedir(),
  clock: () => new Date(),
  version: toolVersion(),
  // Nobody is left to end it.
  onEngineGone: () => process.exit(1),
}).then(({ port }) => {
  process.stdout.write(`${port}\n`);
});
