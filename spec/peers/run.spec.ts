import { Observable, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { silent } from '../../lib/options.js';
import type { Effect, Input, Machine, View } from '../../lib/peers/machine.js';
import { run } from '../../lib/peers/run.js';
import { virtualClock } from '../election/support.js';
import { seen } from '../support/until.js';

type Step = (input: Input<string>, view: View) => readonly [View, readonly Effect<string, number>[]];

const nobody: View = {
  term: 0,
  leader: undefined,
  leading: undefined,
  statistics: { elections: 0, heartbeatsSent: 0, heartbeatsReceived: 0, lastHeardAt: undefined },
};
const leading = (token: bigint, until = 1_000): View => ({ ...nobody, leader: 'me', leading: { token, until } });

/** A machine whose state is its view, and a disk that the spec holds in its hands. */
function rig(step: Step, saved?: number) {
  const clock = virtualClock();
  const story: string[] = [];
  const writes: Subject<never>[] = [];
  const machine: Machine<View, string, number> = {
    init: (record) => ({ ...nobody, term: record ?? 0 }),
    step: (view, input) => {
      story.push(`${input.at} ${input.event.type}`);
      return step(input, view);
    },
    view: (view) => view,
    decode: (message) => (typeof message === 'string' ? message : undefined),
  };
  const save = (record: number): Observable<never> =>
    new Observable((subscriber) => {
      story.push(`save ${record}`);
      const write = new Subject<never>();
      writes.push(write);
      return write.subscribe(subscriber);
    });
  const send = (to: string, message: string) => void story.push(`send ${message} to ${to}`);
  const running = run(machine, { self: 'me', clock, logger: silent, random: () => 0.5, saved, save, send });
  return { clock, story, writes, running };
}

const say = (message: string): Effect<string, number> => ({ type: 'send', to: 'you', message });

describe('a machine under way', () => {
  it('starts with what was saved, at the time it is', () => {
    const { story, running } = rig((_, view) => [view, []], 7);
    expect([story, running.view.term]).toEqual([['0 start'], 7]);
  });

  it('holds back behind a save the effects, the next inputs and the news of a leadership', () => {
    const { story, writes, running } = rig(({ event }, view) =>
      event.type === 'stand' ? [leading(3n), [say('before'), { type: 'save', record: 1 }, say('after')]] : [view, []],
    );
    using views = seen(running.view$);
    running.input({ type: 'stand', standing: undefined });
    running.input({ type: 'lost', node: 'you' });
    expect(story).toEqual(['0 start', '0 stand', 'send before to you', 'save 1']);
    expect(views.last?.leading).toBe(undefined);
    writes[0]?.complete();
    expect(story.slice(4)).toEqual(['send after to you', '0 lost']);
    expect(views.last?.leading).toEqual({ token: 3n, until: 1_000 });
  });

  it('tells the end of a leadership before anything else is done', () => {
    const { writes, running } = rig(({ event }, view) => {
      if (event.type === 'stand') return [leading(3n), []];
      return event.type === 'release' ? [nobody, [{ type: 'save', record: 1 }]] : [view, []];
    });
    running.input({ type: 'stand', standing: undefined });
    expect(running.view.leading?.token).toBe(3n);
    running.input({ type: 'release' });
    expect([running.view.leading, writes.length]).toEqual([undefined, 1]);
  });

  it('does not believe longer before that is saved', () => {
    const { writes, running } = rig(({ event }, view) => {
      if (event.type === 'stand') return [leading(3n, 1_000), []];
      return event.type === 'lost' ? [leading(3n, 2_000), [{ type: 'save', record: 1 }]] : [view, []];
    });
    running.input({ type: 'stand', standing: undefined });
    running.input({ type: 'lost', node: 'you' });
    expect(running.view.leading?.until).toBe(1_000);
    writes[0]?.complete();
    expect(running.view.leading?.until).toBe(2_000);
  });

  it('saves again and again when the disk fails, and is silent until then', () => {
    const { story, writes, running, clock } = rig(({ event }, view) =>
      event.type === 'stand' ? [view, [{ type: 'save', record: 1 }, say('after')]] : [view, []],
    );
    running.input({ type: 'stand', standing: undefined });
    writes[0]?.error(new Error('the disk is full'));
    clock.advance(10_000);
    expect(story.slice(2)).toEqual(['save 1', 'save 1']);
    writes[1]?.complete();
    expect(story.slice(4)).toEqual(['send after to you']);
  });

  it('wakes at its last alarm only', () => {
    const { story, clock } = rig(({ event }, view) =>
      event.type === 'start'
        ? [
            view,
            [
              { type: 'alarm', at: 50 },
              { type: 'alarm', at: 80 },
            ],
          ]
        : [view, []],
    );
    clock.advance(1_000);
    expect(story).toEqual(['0 start', '80 alarm']);
  });

  it('learns the time when the turn of an input comes, and not when it arrived', () => {
    const { story, writes, running, clock } = rig(({ event }, view) =>
      event.type === 'start' ? [view, [{ type: 'save', record: 1 }]] : [view, []],
    );
    running.receive('you', 'late');
    clock.advance(500);
    writes[0]?.complete();
    expect(story).toEqual(['0 start', 'save 1', '500 message']);
  });

  it('takes in a thousand messages while the disk is slow, no more, and goes on when it is quick again', () => {
    const { story, writes, running } = rig(({ event }, view) =>
      event.type === 'start' ? [view, [{ type: 'save', record: 1 }]] : [view, [say('back')]],
    );
    for (let n = 0; n < 5_000; n += 1) running.receive('you', 'x');
    writes[0]?.complete();
    const taken = () => story.filter((line) => line === '0 message').length;
    expect(taken()).toBe(1_000);
    running.receive('you', 'again');
    expect([taken(), story.at(-1)]).toEqual([1_001, 'send back to you']);
  });

  it('drops what the machine cannot read, and gives it what it says to itself', () => {
    const { story, running } = rig(({ event }, view) =>
      event.type === 'stand' ? [view, [{ type: 'send', to: 'me', message: 'note' }]] : [view, []],
    );
    running.receive('you', { no: 'string' });
    running.input({ type: 'stand', standing: undefined });
    expect(story).toEqual(['0 start', '0 stand', '0 message']);
  });

  it('leads no more once it is stopped, and tells equal views once', () => {
    const { running } = rig(({ event }, view) => [event.type === 'stand' ? leading(3n) : view, []]);
    using views = seen(running.view$);
    running.input({ type: 'stand', standing: undefined });
    running.input({ type: 'stand', standing: undefined });
    running.stop();
    expect(views.values.map(({ leading: held }) => held?.token)).toEqual([undefined, undefined, 3n, undefined]);
    expect(views.completed).toBe(true);
  });
});
