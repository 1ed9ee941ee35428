import { afterAll, beforeAll, it } from 'vitest';
import { runCommand } from '../../tests/fixtures/memory-terminal.js';
import { openSmallWorld, type SmallWorld } from '../../tests/fixtures/small-world.js';
let world: SmallWorld;
beforeAll(async () => { world = await openSmallWorld(); });
afterAll(() => world.close());
it('try', async () => {
  await world.file('own.yaml', 'distribution: debian\ncontents: {packages: [jq]}\n');
  await world.file('bad.yaml', 'contents: [jq]\n');
  for (const line of ['', '--help', '--version', 'nonsense', 'starters --distribution debian', 'starters --distribution debian --lines','starters --distribution debain', 'search jq', 'search jq --json', 'search zzz', 'search made --limit 2','search jq --suite nope', 'search', 'search jq --limit x', 'resolve jq', 'resolve jq --json --arch arm64', 'resolve jq nope', 'resolve only-amd64 --arch amd64 --arch arm64', 'resolve jq --arch mips', 'resolve jq --suite oldstable', 'resolve jq --starter php --line 8.2', 'resolve jq --starter phpp', 'resolve jq --starter php --line 9','build', 'build --output out', 'build --starter php --package jq --output out', 'build --starter php --package only-new --output out2', 'build --starter php --package nope --output out3', 'build --starter php --package jq --output out --json --line 8.2', 'inspect out', 'inspect out --validate --json', 'inspect nothing', 'inspect .', 'build own.yaml --output own', 'inspect own','build bad.yaml --output own', 'build none.yaml --output own', 'build own.yaml --starter php --output own', 'build --starter php --line 9 --output o9']) {
    const r = await runCommand(world, line.split(' ').filter(Boolean)).catch((e) => ({ code: 'THROWN', stdout: '', stderr: String(e.stack) }));
    console.log(`$ ${line}   -> ${r.code}\n${r.stdout.slice(0, 1500)}${r.stderr && '[ERR] ' + r.stderr.slice(0, 1500)}`);
  }
}, 100000);
