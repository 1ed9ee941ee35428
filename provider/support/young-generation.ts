import { setFlagsFromString } from 'node:v8';

/**
 * Keeps the part of this thread's heap small where new objects are made. A build streams: what it leaves behind is buffers, which are
 * freed as often as that part fills up. For the beginning of a process of our own, before anything else is loaded.
 */
export function keepYoungGenerationSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
