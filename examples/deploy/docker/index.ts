import * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';

const config = new pulumi.Config();
// The stack with the images, as `organization/deploy-images/dev`.
const images = new pulumi.StackReference(config.require('images'));
const built = images.requireOutput('images').apply(({ web }) => `${web.repository}@${web.latest}`);

// By digest: the container is replaced exactly when there is another image.
const image = new docker.RemoteImage('web', { name: built, keepLocally: true });
const container = new docker.Container('web', {
  name: 'web',
  image: image.name,
  user: '65532',
  readOnly: true,
  capabilities: { drops: ['ALL'] },
  ports: [{ internal: 8080, external: 8080 }],
});

export const running = container.image;
