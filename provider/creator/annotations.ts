/** The prefix of our own labels and annotations. */
const prefix = 'dev.pulumi-private-image';

/** Marks an image as a private image: `true`. */
export const privateImageLabel = prefix;
export const tenantLabel = `${prefix}.tenant`;
export const nameLabel = `${prefix}.name`;
export const starterLabel = `${prefix}.starter`;
export const lineLabel = `${prefix}.line`;
/** `dev` for a dev variant; production images have none. */
export const variantLabel = `${prefix}.variant`;
export const distributionLabel = `${prefix}.distribution`;
/** References of the file bundles in the image, by name, one space between. */
export const bundlesAnnotation = `${prefix}.file-bundles`;

/** The upstream version of the line's primary package: https://github.com/opencontainers/image-spec/blob/main/annotations.md */
export const versionAnnotation = 'org.opencontainers.image.version';
export const titleAnnotation = 'org.opencontainers.image.title';
export const descriptionAnnotation = 'org.opencontainers.image.description';
/** When the newest package was made. */
export const createdAnnotation = 'org.opencontainers.image.created';
