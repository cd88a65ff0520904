import { of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { missedOn, refutedOn } from '../../lib/zookeeper/server-findings.js';
import { story } from '../support/marbles.js';

describe('a server', () => {
  it(
    'is told from the others by a candidate that it goes on showing after a write has not found it',
    story(({ session, ensemble, expectObservable }) => {
      const [stands, gone] = [ensemble.join('stands'), ensemble.join('gone')];
      ensemble.leave(gone);
      const apart = { ...session, children: () => of([stands, 'of-another-kind', gone]) };
      expectObservable(refutedOn(apart, '/e')).toBe('--(g|)', { g: gone });
    }),
  );

  it(
    'is not suspected when somebody leaves while it is asked',
    story(({ session, ensemble, at, expectObservable, flush }) => {
      const [, leaving] = [ensemble.join('stands'), ensemble.join('leaving')];
      at('--l', { l: () => ensemble.leave(leaving) });
      expectObservable(refutedOn(session, '/e')).toBe('------(u|)', { u: undefined });
      flush();
      expect(session.asked).toEqual(['children /e', 'multi check check /e/_c_', 'children /e']);
    }),
  );

  it(
    'is asked for nothing more where nobody stands, or there is no election',
    story(({ session, ensemble, expectObservable, flush }) => {
      expectObservable(refutedOn(session, '/none')).toBe('--(u|)', { u: undefined });
      expectObservable(refutedOn(session, '/e')).toBe('--(u|)', { u: undefined });
      ensemble.tree.create('/f', new Uint8Array(), 0n);
      ensemble.tree.create('/f/other', new Uint8Array(), 0n);
      expectObservable(refutedOn(session, '/f')).toBe('--(u|)', { u: undefined });
      flush();
      expect(session.asked).toEqual(['children /none', 'children /e', 'children /f']);
    }),
  );

  it(
    'has nothing to explain where everybody stands',
    story(({ session, ensemble, expectObservable }) => {
      for (const id of ['one', 'two']) ensemble.join(id);
      expectObservable(refutedOn(session, '/e')).toBe('----(u|)', { u: undefined });
    }),
  );

  it(
    'is not blamed for what may not be asked, nor for a wire that breaks meanwhile',
    story(({ session, ensemble, at, expectObservable }) => {
      ensemble.join('stands');
      ensemble.denied.push(/^multi check/);
      at('-----------c', { c: () => session.cut() });
      expectObservable(refutedOn(session, '/e')).toBe('----(u|)', { u: undefined });
      expectObservable(refutedOn(session, '/e'), '10ms ^').toBe('10ms -(u|)', { u: undefined });
    }),
  );

  it(
    'is told from the others by a candidate that it does not show although a write finds it, before and after',
    story(({ session, ensemble, expectObservable }) => {
      const [shown, lost] = [ensemble.join('shown'), ensemble.join('lost')];
      const apart = { ...session, children: () => of([shown]) };
      expectObservable(missedOn(apart, '/e', [shown, lost])).toBe('----(l|)', { l: lost });
    }),
  );

  it(
    'is not suspected of having lost somebody who has left, be it before the first write or the second',
    story(({ session, ensemble, at, expectObservable, flush }) => {
      const [stands, leaving] = [ensemble.join('stands'), ensemble.join('leaving')];
      at('---l', { l: () => ensemble.leave(leaving) });
      expectObservable(missedOn(session, '/e', [stands, leaving])).toBe('------(u|)', { u: undefined });
      expectObservable(missedOn(session, '/e', [stands, leaving]), '10ms ^').toBe('10ms --(u|)', { u: undefined });
      flush();
    }),
  );

  it(
    'has lost nobody where it shows everybody, and is not blamed for a wire that breaks meanwhile',
    story(({ session, ensemble, at, expectObservable }) => {
      const line = [ensemble.join('one'), ensemble.join('two')];
      at('-----------c', { c: () => session.cut() });
      expectObservable(missedOn(session, '/e', line)).toBe('----(u|)', { u: undefined });
      expectObservable(missedOn(session, '/e', line), '10ms ^').toBe('10ms -(u|)', { u: undefined });
    }),
  );
});
