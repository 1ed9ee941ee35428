import type * as pulumi from '@pulumi/pulumi';
import { createUrn } from '@pulumi/pulumi/resource.js';
import { getProject } from '@pulumi/pulumi/metadata.js';
import { allConfig } from '@pulumi/pulumi/runtime/config.js';
import { isDryRun } from '@pulumi/pulumi/runtime/settings.js';
import { engineHintKey } from './engine-hint.js';
import { secretPaths } from './secret-paths.js';

/** A resource that is being registered. */
export interface Registration {
  readonly type: string;
  readonly name: string;
  readonly args: object;
  readonly options: pulumi.CustomResourceOptions | undefined;
}

/** The hint of a resource that is being registered, as an input beside its own. */
export function engineHint({ type, name, args, options }: Registration): pulumi.Inputs {
  const urn = createUrn(name, type, options?.parent);
  const timeouts = options?.customTimeouts;
  return {
    [engineHintKey]: { urn, preview: isDryRun(), secrets: secretPaths(args), settings: stackSettings(), timeouts },
  };
}

const namespace = 'private-image';

/** The names that the stack configures as settings. In a project that is called as the settings are, they may be its own. */
function stackSettings(): readonly string[] | undefined {
  if (getProject() === namespace) return undefined;
  const names = Object.keys(allConfig()).filter((key) => key.startsWith(`${namespace}:`));
  return names.length === 0 ? undefined : names.map((key) => key.slice(namespace.length + 1));
}
