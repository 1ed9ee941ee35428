import { expect, it } from 'vitest';
import { lineMessage } from './line-message.js';

it.each([
  ['there is no php8.2-zstd', undefined, 'php 8.2: there is no php8.2-zstd'],
  ['there is no php8.2-zstd', 'cannot be built', 'php 8.2: cannot be built: there is no php8.2-zstd'],
  ['php 8.2 (bookworm, amd64): there is no zstd', undefined, 'php 8.2 (bookworm, amd64): there is no zstd'],
  [
    'php 8.2 (bookworm, amd64): there is no zstd',
    'cannot be built',
    'php 8.2 (bookworm, amd64): cannot be built: there is no zstd',
  ],
  [
    'php 8.2 (bookworm, amd64) dev: there is no busybox',
    'its dev variant cannot be built',
    'php 8.2 (bookworm, amd64): its dev variant cannot be built: there is no busybox',
  ],
  ['php 8.2: there is no zstd', undefined, 'php 8.2: there is no zstd'],
  ['php 8.2 requires libfoo', undefined, 'php 8.2: php 8.2 requires libfoo'],
  ['php 8.25 (bookworm, amd64): there is no zstd', undefined, 'php 8.2: php 8.25 (bookworm, amd64): there is no zstd'],
])('%j with %j is %j', (reason, saying, message) => {
  expect(lineMessage('php', '8.2', reason, saying)).toBe(message);
});
