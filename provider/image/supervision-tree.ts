import type { Entrypoint } from './configuration.js';
import type { RootFileSystem } from './root-file-system.js';

/** What runs the services of a bundle: s6 (https://skarnet.org/software/s6/s6-svscan.html). */
export const supervisor = '/bin/s6-svscan /sv';

/** The package that brings it. */
export const supervisorPackage = 's6';

const everyones = { mode: 0o777, uid: 0, gid: 0 };

/** Writes `/sv/NAME/run` for each service of a bundle. */
export function writeSupervisionTree(root: RootFileSystem, entrypoint: Entrypoint | undefined): void {
  for (const [name, command] of Object.entries(entrypoint?.services ?? {})) {
    for (const folder of ['sv', `sv/${name}`]) {
      if (root.realPath(folder) === undefined) root.directory(folder, everyones);
    }
    root.writeFile(`sv/${name}/run`, `#!/bin/execlineb\n${command}\n`, { mode: 0o755, uid: 0, gid: 0 });
  }
}
