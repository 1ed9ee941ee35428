// @ts-check
/** Records anew what apko makes of the cases of apko-cases.ts: `node tests/parity/record.mjs`, with apko 1.2 on the PATH. */
import { spawnSync } from 'node:child_process';
import process from 'node:process';

const { status } = spawnSync(
  'npx',
  [
    'vitest',
    'run',
    '--config',
    'tests/vitest.config.ts',
    '--project',
    'unit',
    'tests/parity/apko-differential.test.ts',
  ],
  { stdio: 'inherit', env: { ...process.env, PRIVATE_IMAGE_RECORD_APKO: '1' } },
);
process.exitCode = status ?? 1;
