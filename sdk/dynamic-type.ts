/** The package that a state's provider code is loaded from, as `exports` of package.json names it. States name it: it has to stay. */
const providerModule = 'pulumi-private-image/dynamic-provider';

/** The type token of a dynamic resource, as its URN shows it. */
export function dynamicType(name: 'PrivateImage' | 'FileBundle'): string {
  return `pulumi-nodejs:dynamic/private-image:${name}`;
}

/**
 * The provider code that Pulumi keeps in the state of a dynamic resource: it only calls the package by name, from the program's
 * folder, so that a new version of the package takes over old states. Written by hand, for a serialised closure is larger, slower to
 * make and different with each compiler.
 */
export function providerCode(factory: 'privateImage' | 'fileBundle'): string {
  return `exports.handler = () => require(${JSON.stringify(providerModule)}).${factory}();\n`;
}
