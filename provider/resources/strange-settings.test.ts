import { describe, expect, it } from 'vitest';
import { settingRows } from './configuration.js';
import { strangeSettings, strangeVariables } from './strange-settings.js';

describe('names of settings', () => {
  it.each([
    ['registri', 'there is no such setting; did you mean registry?'],
    ['signing-key', 'there is no such setting; did you mean signingKey?'],
    ['colour', 'there is no such setting'],
  ])('%s is none', (name, reason) => {
    expect(strangeSettings(['tenant', name])).toEqual([{ name, reason }]);
  });

  it('are known, and so is what the engine adds', () => {
    expect(
      strangeSettings([...settingRows.map((row) => row.name), 'version', 'pluginDownloadURL', '__internal']),
    ).toEqual([]);
  });
});

describe('variables', () => {
  it.each([
    ['PRIVATE_IMAGE_REGISTRI', 'PRIVATE_IMAGE_REGISTRY'],
    ['PRIVATE_IMAGE_SIGNINGKEY', 'PRIVATE_IMAGE_SIGNING_KEY'],
  ])('%s is told of', (name, nearest) => {
    const said = `${name} is ignored: there is no such setting; did you mean ${nearest}?`;
    expect(strangeVariables({ [name]: 'x' })).toEqual([said]);
  });

  it('of a setting, switched off, of others and of the user are not', () => {
    const known = Object.fromEntries(settingRows.map((row) => [row.variable, 'x']));
    const own = { PRIVATE_IMAGE_STATE: 'x', PRIVATE_IMAGE_NAME: 'x', REGISTRI: 'x', PRIVATE_IMAGE_REGISTRI: '' };
    expect(strangeVariables(known)).toEqual([]);
    expect(strangeVariables(own)).toEqual([]);
  });
});
