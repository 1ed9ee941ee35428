import { PrivateImage } from 'pulumi-private-image';

// No line is named: Debian says which ones are maintained, today 8.2 and 8.4.
const web = new PrivateImage('web', {
  name: 'web',
  starter: 'php',
  packages: [
    // Each line takes its own: php8.2-curl, php8.4-curl.
    'php-curl-auto',
    'php-intl-auto',
    'php-mbstring-auto',
    // There is one for 8.4 alone: 8.2 is built without it, and its SBOM says so.
    'php-zstd-auto',
    // Any package of the distribution, with a constraint where one is wanted.
    'libsodium23>=1.0.18',
  ],
  environment: { APP_ENV: 'production' },
});

export const { repository, status, latest, tags, digests } = web;

/** Line to what the packages above brought in: name to version. */
export const added = web.lines.apply((lines) =>
  Object.fromEntries(lines.map(({ line, packagesAdded }) => [line, packagesAdded])),
);

/** Line to the auto packages that it is without. */
export const skipped = web.lines.apply((lines) =>
  Object.fromEntries(lines.map((line) => [line.line, line.skipped.map(({ name }) => name)])),
);
