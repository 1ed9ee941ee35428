// @ts-check
// The arrows of the design: imports point down only. A test, and what lies in a folder `testing`, may import what it likes.

const below = ['support', 'store'];
const parts = ['catalog', 'resolver', 'image', 'registry', 'sbom', 'signing'];
const fronts = ['plugin', 'cli'];

/** A path in one of these rooms of the provider, but no test. */
const inRooms = (/** @type {string[]} */ ...rooms) => `^provider/(${rooms.join('|')})/`;
const test = '(\\.test\\.ts$|/testing/)';

/**
 * Rooms that may import nothing of the provider but themselves and these others.
 * @param {string} name
 * @param {string[]} rooms
 * @param {string[]} allowed
 */
function mayImport(name, rooms, allowed) {
  return {
    name,
    severity: /** @type {const} */ ('error'),
    from: { path: inRooms(...rooms), pathNot: test },
    to: { path: '^(provider|sdk)/', pathNot: inRooms(...rooms, ...allowed) },
  };
}

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: { pathNot: test },
      to: { circular: true, viaOnly: { pathNot: test } },
    },
    {
      name: 'no-unresolved',
      comment:
        'The package by its own name is what a program loads at run time: its compiled code, which may not be there yet.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^pulumi-private-image/' },
    },
    mayImport('support-is-the-ground', ['support'], []),
    mayImport('store', ['store'], ['support']),
    mayImport('packages', ['packages'], below),
    {
      name: 'package-formats-are-strangers',
      comment: 'apk knows nothing of deb, nor deb of apk.',
      severity: 'error',
      from: { path: '^provider/packages/(apk|deb)/', pathNot: test },
      to: { path: '^provider/packages/(apk|deb)/', pathNot: '^provider/packages/$1/' },
    },
    mayImport('parts', parts, [...below, 'packages']),
    {
      name: 'resolver-knows-no-format',
      severity: 'error',
      from: { path: '^provider/resolver/', pathNot: test },
      to: { path: '^provider/packages/(apk|deb)/' },
    },
    mayImport('creator', ['creator'], [...below, 'packages', ...parts]),
    {
      name: 'core-knows-no-pulumi',
      severity: 'error',
      from: { path: inRooms(...below, 'packages', ...parts, 'creator', 'resources'), pathNot: test },
      to: { path: 'node_modules/(@pulumi|@grpc)/' },
    },
    mayImport('resources', ['resources'], [...below, 'packages', ...parts, 'creator']),
    mayImport('fronts', fronts, [...below, 'packages', ...parts, 'creator', 'resources']),
    {
      name: 'sdk-sees-resources-only',
      comment: 'And the way to the engine, which both fronts share.',
      severity: 'error',
      from: { path: '^sdk/', pathNot: test },
      to: {
        path: '^provider/',
        pathNot: [
          '^provider/resources/',
          '^provider/support/',
          '^provider/plugin/(engine-log|engine-watch|protocol)\\.ts$',
        ],
      },
    },
    {
      name: 'sdk-takes-types-of-support',
      severity: 'error',
      from: { path: '^sdk/', pathNot: test },
      to: { path: '^provider/support/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-tests-in-the-product',
      severity: 'error',
      from: { path: '^(provider|sdk)/', pathNot: test },
      to: { path: ['^tests/', test] },
    },
    {
      name: 'no-dev-dependencies-in-the-product',
      severity: 'error',
      from: { path: '^(provider|sdk)/', pathNot: test },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['npm-peer', 'type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: require('node:path').resolve(__dirname, '../tests/tsconfig.json') },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      mainFields: ['main', 'types', 'typings'],
    },
  },
};
