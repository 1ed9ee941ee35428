import { setFlagsFromString } from 'node:v8';

/**
 * Keeps the part of this thread's heap small where new objects are made. A build streams: what it leaves behind is buffers, which are
 * freed as often as that part fills up. For the beginning of a process of our own, before anything else is loaded.
 */
export function keepYoungGenerationSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

/**
 * From now on lets no heap of this process grow to more than twice of what is in use before it is cleaned up, where V8 would let it grow to
 * several times of it: buffers lie beside the heap, and go when it is cleaned up. At the start of a process, when nothing is in use yet, it
 * would be cleaned up over and over.
 */
export function keepHeapsNearUse(): void {
  setFlagsFromString('--heap-growing-percent=100');
}

/**
 * From now on compiles functions to machine code only when they have run ten times as long as V8 would wait for. Each thread compiles for itself,
 * which costs a build of seconds more than it gains; what runs for longer is still compiled.
 */
export function compileLater(): void {
  setFlagsFromString('--interrupt-budget=675840');
}
