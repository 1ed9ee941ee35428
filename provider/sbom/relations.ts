import type { SbomImage, SbomPackage } from './subject.js';

/** Why a package is in an image: `starter`, `added: curl`, `auto: php-curl-auto`, `dependency of libcurl4`. */
export function reasonOf({ reason, because }: SbomPackage): string {
  switch (reason) {
    case 'starter':
      return 'starter';
    case 'dependency':
      return `dependency of ${because}`;
    case 'added':
    case 'auto':
      return `${reason}: ${because}`;
  }
}

/** Each package of an image with those of the image that it depends on. */
export function dependenciesOf(
  image: SbomImage,
): readonly { readonly package: SbomPackage; readonly needs: readonly SbomPackage[] }[] {
  const byName = new Map(image.packages.map((one) => [one.package.name, one]));
  return image.packages.map((one) => ({
    package: one,
    needs: one.dependsOn.flatMap((name) => {
      const needed = byName.get(name);
      return needed === undefined || needed === one ? [] : [needed];
    }),
  }));
}
