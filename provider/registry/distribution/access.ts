/** What a request does with a repository, in the words of the token protocol. */
export interface Access {
  readonly repository: string;
  readonly actions: readonly ('pull' | 'push' | 'delete')[];
}

/** As a token server is asked for it (https://distribution.github.io/distribution/spec/auth/scope/), one entry for each repository, sorted. */
export function scopesOf(access: readonly Access[]): readonly string[] {
  return mergeScopes(access.map(({ repository, actions }) => `repository:${repository}:${actions.join(',')}`));
}

/** The single rights in scopes: `repository:a/b:pull,push` holds `repository:a/b:pull` and `repository:a/b:push`. */
export function rightsOf(scopes: readonly string[]): readonly string[] {
  return scopes.flatMap((scope) => {
    const colon = scope.lastIndexOf(':');
    const actions = scope.slice(colon + 1).split(',');
    return actions.map((action) => `${scope.slice(0, colon)}:${action}`);
  });
}

/** `scopes` with each resource once, sorted. */
export function mergeScopes(scopes: readonly string[]): readonly string[] {
  const actions = new Map<string, Set<string>>();
  for (const right of rightsOf(scopes)) {
    const colon = right.lastIndexOf(':');
    const resource = right.slice(0, colon);
    actions.set(resource, (actions.get(resource) ?? new Set()).add(right.slice(colon + 1)));
  }
  return [...actions].map(([resource, wanted]) => `${resource}:${[...wanted].sort().join(',')}`).sort();
}
