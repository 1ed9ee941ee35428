import * as pulumi from '@pulumi/pulumi';
import { FileBundle, PrivateImage } from 'pulumi-private-image';

// Public certificates alone: a private key is refused. Each image trusts them with nothing more to do.
const authorities = new FileBundle('authorities', {
  name: 'corporate-ca',
  type: 'certificates',
  description: 'The root certificate of the company',
  files: { 'corporate-root.crt': new pulumi.asset.FileAsset('corporate-root.crt') },
});

// Any other files, in a folder of the image.
const settings = new FileBundle('settings', {
  name: 'company-settings',
  type: 'other',
  path: '/etc/company',
  files: {
    'proxy.conf': new pulumi.asset.FileAsset('settings/proxy.conf'),
    'stage.conf': `stage=${pulumi.getStack()}\n`,
  },
});

// A renewed certificate or setting rebuilds all of them, and nothing else.
const starters = ['base', 'nginx', 'python'];
const images = starters.map(
  (starter) => new PrivateImage(starter, { name: `company-${starter}`, starter, fileBundles: [authorities, settings] }),
);

/** Image to its newest digest. */
export const latest = Object.fromEntries(images.map((image, index) => [starters[index], image.latest]));
/** Whom the images trust, until when. */
export const certificates = authorities.certificates.apply((all) =>
  all.map(({ subject, fingerprint, validTo }) => ({ subject, fingerprint, validTo })),
);
export const settingsVersion = settings.version;
