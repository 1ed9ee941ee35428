import * as pulumi from '@pulumi/pulumi';

/** What a resource process is not told by Pulumi: which row is the resource's, and whether the run is a preview. */
export interface EngineHint {
  readonly urn: string | undefined;
  readonly preview: boolean;
}

/** The input that carries the hint. Check takes it out again: it is in no state. */
const key = '__engine';

/** The hint of a resource that is being registered, as an input beside its own. */
export function engineHint(type: string, name: string, parent: pulumi.Resource | undefined): pulumi.Inputs {
  return { [key]: { urn: pulumi.createUrn(name, type, parent), preview: pulumi.runtime.isDryRun() } };
}

/** The hint among the properties that reached a resource process, if it is there. */
export function engineHintOf(properties: Readonly<Record<string, unknown>>): EngineHint | undefined {
  const hint = properties[key];
  if (typeof hint !== 'object' || hint === null || !('urn' in hint)) return undefined;
  return { urn: String(hint.urn), preview: 'preview' in hint && hint.preview === true };
}
