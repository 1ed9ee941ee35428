import { setFlagsFromString } from 'node:v8';

/**
 * Keeps the heaps of this process small, those of its threads too. A build streams: what it leaves behind is buffers, which lie beside the
 * heap and are freed as often as that is cleaned up. So the part where new objects are made stays small, and the rest grows by a fifth
 * before it is cleaned up again, where V8 would let it grow to several times of what is in use. For the beginning of a process of our own,
 * before anything else is loaded.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=20');
}
