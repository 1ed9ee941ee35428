import * as pulumi from '@pulumi/pulumi';
import { FileBundle, PrivateImage } from 'pulumi-private-image';

const authorities = new FileBundle('authorities', {
  name: 'corporate-ca',
  type: 'certificates',
  files: { 'corporate-root.crt': new pulumi.asset.FileAsset('corporate-root.crt') },
});

const hello = new PrivateImage('hello', {
  name: 'hello',
  starter: 'python',
  packages: ['python3-requests'],
  environment: { GREETING: 'Hello from a private image' },
  fileBundles: [authorities],
});

export const { repository, status, tags, latest, sbomUrls } = hello;
