/** The name of the package, as programs in YAML and SDKs know it. */
export const packageName = 'private-image';

/** `private-image:index:PrivateImage`. */
export function token(name: string): string {
  return `${packageName}:index:${name}`;
}
