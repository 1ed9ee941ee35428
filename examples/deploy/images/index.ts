import { PrivateImage } from 'pulumi-private-image';

const web = new PrivateImage('web', { name: 'web', starter: 'php', packages: ['php-curl-auto'] });

/** What a deployment needs: where the image is, and the digest of each line. A digest never changes what it means. */
export const images = { web: { repository: web.repository, digests: web.digests, latest: web.latest } };
