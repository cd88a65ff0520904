import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Leadership, Leading } from '../../lib/election/leadership.js';
import { resolveElectionOptions } from '../../lib/election/options.js';
import { openSpace } from '../../lib/memory/space.js';
import { standIn } from '../../lib/memory/stand.js';
import { virtualClock, words } from '../election/support.js';
import { seen } from '../support/until.js';

describe('a stand in memory', () => {
  const rig = () => {
    const space = openSpace(`stand ${Math.random()}`);
    const cell = space.line('job');
    const clock = virtualClock();
    const place = (id: string) => () => {
      const order = space.nextOrder();
      return { name: `${id}${order}`, order, id, data: 1, since: 0, prefer: undefined, preempt: false };
    };
    const stand = (id: string) => standIn(cell, place(id), { ...resolveElectionOptions({ yieldMs: 100 }), clock });
    return { cell, clock, stand };
  };
  const last = (values: readonly Leadership[]) => values.at(-1) as Leading;

  it('does nothing until it is subscribed to, and takes a place each time', () => {
    const { cell, stand } = rig();
    const standing$ = stand('a')(new Subject());
    expect(cell.now.places).toEqual([]);
    using first = seen(standing$);
    using second = seen(standing$);
    expect([words(first.values), words(second.values)]).toEqual([['leader'], ['follower']]);
  });

  it('leaves the line before it says so, and has closed its term by then', () => {
    const { cell, stand } = rig();
    const leave$ = new Subject<void>();
    const story: unknown[] = [];
    let term: Leading | undefined;
    stand('a')(leave$).subscribe({
      next: (value) => {
        if (value.role === 'leader') term = value;
        story.push([value.role, cell.now.places.length, term?.signal.aborted, term?.isValid()]);
      },
      complete: () => story.push('end'),
    });
    leave$.next();
    expect(story).toEqual([['leader', 1, false, true], ['resigned', 0, true, false], 'end']);
  });

  it('withdraws when it is unsubscribed from, and closes its term', () => {
    const { cell, stand } = rig();
    const record = seen(stand('a')(new Subject()));
    const leading = last(record.values);
    record[Symbol.dispose]();
    expect([cell.now.places, leading.signal.aborted, leading.isValid()]).toEqual([[], true, false]);
  });

  it('leaves at once when it has been asked to while it stays out after an eviction', () => {
    const { cell, clock, stand } = rig();
    const leave$ = new Subject<void>();
    using record = seen(stand('a')(leave$));
    cell.update((line) => ({ ...line, places: [], claim: undefined }), 0);
    expect(words(record.values)).toEqual(['leader', 'evicted']);
    leave$.next();
    clock.advance(1_000);
    expect([words(record.values).at(-1), record.completed, cell.now.places, clock.pending]).toEqual([
      'resigned',
      true,
      [],
      0,
    ]);
  });
});
