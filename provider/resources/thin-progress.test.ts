import { describe, expect, it } from 'vitest';
import type { ResourceMessage } from './resource.js';
import { thinProgress } from './thin-progress.js';

/** A row that is told of, with a clock that is set by hand. */
function row() {
  const told: string[] = [];
  let now = 0;
  const tell = thinProgress(
    (urn, { message }) => told.push(urn === undefined ? message : `${urn} ${message}`),
    () => new Date(now),
  );
  const say = (message: Partial<ResourceMessage>, urn?: string): void =>
    tell(urn, { kind: 'status', message: '', ...message });
  return { told, say, at: (seconds: number) => (now = seconds * 1000) };
}

describe('progress in a row', () => {
  it('has a step every three seconds, whatever comes between', () => {
    const { told, say, at } = row();
    for (let done = 1; done <= 100; done += 1) {
      at(done / 10);
      say({ message: `fetching ${done}/100`, isStep: true });
    }
    expect(told).toEqual(['fetching 1/100', 'fetching 31/100', 'fetching 61/100', 'fetching 91/100']);
  });

  it('has everything that begins, at once, and steps only some time after it', () => {
    const { told, say, at } = row();
    say({ message: 'building 8.2' });
    say({ message: 'building 8.2: 1/2', isStep: true });
    at(1);
    say({ message: 'building 8.4' });
    at(3.5);
    say({ message: 'building 8.4: 1/2', isStep: true });
    at(4);
    say({ message: 'building 8.4: 2/2', isStep: true });
    expect(told).toEqual(['building 8.2', 'building 8.4', 'building 8.4: 2/2']);
  });

  it('says the same once', () => {
    const { told, say, at } = row();
    say({ message: 'reading Debian' });
    at(60);
    say({ message: 'reading Debian' });
    expect(told).toEqual(['reading Debian']);
  });

  it('holds back nothing of what is kept, and nothing for the sake of another row', () => {
    const { told, say } = row();
    say({ message: 'fetching 1/2', isStep: true }, 'web');
    say({ message: 'fetching 1/2', isStep: true }, 'shop');
    say({ kind: 'warning', message: 'beware' }, 'web');
    say({ kind: 'info', message: 'a row' }, 'web');
    expect(told).toEqual(['web fetching 1/2', 'shop fetching 1/2', 'web beware', 'web a row']);
  });

  it('goes on when the clock is set back', () => {
    const { told, say, at } = row();
    at(1000);
    say({ message: '1/3', isStep: true });
    at(10);
    say({ message: '2/3', isStep: true });
    say({ message: '3/3', isStep: true });
    expect(told).toEqual(['1/3', '2/3']);
  });
});
