import { stringify } from 'yaml';

/** What the stack with the images gives of each. */
export interface BuiltImage {
  readonly repository: string;
  /** Line to digest. */
  readonly digests: Readonly<Record<string, string>>;
  readonly latest: string;
}

/** A Deployment of an image by digest: its newest line, or the one that is named. Throws when that line was not built. */
export function manifestsOf(name: string, image: BuiltImage, line?: string): string {
  const digest = line === undefined ? image.latest : image.digests[line];
  if (digest === undefined) {
    throw new Error(`${name} has no line ${line}: there are ${Object.keys(image.digests).join(', ')}`);
  }
  const labels = { 'app.kubernetes.io/name': name };
  return stringify(
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, labels },
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            containers: [
              {
                name,
                image: `${image.repository}@${digest}`,
                // Distroless, and no root: the strictest settings will do.
                securityContext: {
                  runAsNonRoot: true,
                  runAsUser: 65532,
                  readOnlyRootFilesystem: true,
                  allowPrivilegeEscalation: false,
                  capabilities: { drop: ['ALL'] },
                },
              },
            ],
          },
        },
      },
    },
    { lineWidth: 0 },
  );
}
