import { mkdirSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import { manifestsOf } from './manifests';

const config = new pulumi.Config();
// The stack with the images, as `organization/deploy-images/dev`.
const images = new pulumi.StackReference(config.require('images'));
const folder = config.get('folder') ?? 'manifests';
const line = config.get('line');

const text = images.requireOutput('images').apply(({ web }) => manifestsOf('web', web, line));

// Files are written by an update alone: a preview shows the image and changes nothing.
export const manifest = text.apply((content) => {
  const file = path.join(folder, 'web.yaml');
  if (!pulumi.runtime.isDryRun()) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, content);
  }
  return file;
});
export const image = text.apply((content) => /image: (.*)/.exec(content)?.[1]);
