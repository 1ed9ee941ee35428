import { describe, expect, it } from 'vitest';
import { busyboxApplets } from './busybox-applets.js';

describe('the applets of BusyBox', () => {
  it.each([
    ['1.32.1-r3', 427],
    ['1.33.0-r0', 428],
    ['1.34.0-r17', 429],
    ['1.35.0-r29', 430],
    ['1.36.1-r5', 433],
    ['1.37.0-r0', 433],
  ])('of %s are %i', (version, count) => {
    expect(busyboxApplets(version)).toHaveLength(count);
  });

  it('came with the releases', () => {
    expect(busyboxApplets('1.35.0-r0')).not.toContain('/usr/sbin/seedrng');
    expect(busyboxApplets('1.36.0-r0')).toContain('/usr/sbin/seedrng');
  });
});
