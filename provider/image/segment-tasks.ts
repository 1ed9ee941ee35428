import type { Task } from '../support/tasks.js';
import type { ApkSegmentRequest } from './apk-segment.js';
import type { DebSegmentRequest } from './deb-segment.js';
import type { Layer, LayerJoin } from './layer-join.js';
import type { Segment } from './segment.js';

/** Changes when the same `.apk` and settings would give another segment. */
export const apkSegmentFormat = 'apk segment 5';

/** Changes when the same `.deb` and settings would give another segment. */
export const debSegmentFormat = 'deb segment 8';

/** The tasks by name and place alone: the threads that run them load what reads archives, and nobody else has to. */
export const apkSegments: Task<ApkSegmentRequest, Segment> = {
  module: new URL('./apk-segment.js', import.meta.url).href,
  name: 'apkSegmentTask',
  run: async (request) => (await import('./apk-segment.js')).apkSegmentTask.run(request),
};

/** As `apkSegments`, of Debian packages. */
export const debSegments: Task<DebSegmentRequest, Segment> = {
  module: new URL('./deb-segment.js', import.meta.url).href,
  name: 'debSegmentTask',
  run: async (request) => (await import('./deb-segment.js')).debSegmentTask.run(request),
};

/** As `apkSegments`, of members that become a layer. */
export const layerJoins: Task<LayerJoin, Layer> = {
  module: new URL('./layer-join.js', import.meta.url).href,
  name: 'layerTask',
  run: async (request) => (await import('./layer-join.js')).layerTask.run(request),
};
