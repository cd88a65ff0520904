import { describe, expect, it } from 'vitest';
import type { Participant } from '../../lib/election/election.js';
import { identityIn } from '../../lib/zookeeper/line.js';
import { story } from '../support/marbles.js';

const weight = ({ data }: Participant) => (data as { w?: number } | undefined)?.w ?? 0;
const prefer = (a: Participant, b: Participant) => weight(b) - weight(a);
const gone = '_c_0000001e-0000-8000-8000-000000000000-latch-0000000000';

describe('whoever comes first in line', () => {
  it(
    'passes to a preferred one behind it without having claimed',
    story(({ stand, ensemble, at, letters, expectObservable, flush }) => {
      at('   ---b', { b: () => void ensemble.join('better', { data: { w: 2 } }) });
      at('18ms a', { a: () => expect(ensemble.record).toBeUndefined() });
      const stand$ = stand({ data: { w: 1 }, election: { prefer } });
      expectObservable(letters(stand$), '20ms !').toBe('16ms 1');
      flush();
    }),
  );

  it(
    'claims if it is itself preferred to everybody else, or to nobody less than they are to it',
    story(({ stand, ensemble, at, letters, expectObservable, flush }) => {
      at('   ---b', { b: () => void ensemble.join('equal', { data: { w: 1 } }) });
      const stand$ = stand({ data: { w: 1 }, election: { prefer } });
      expectObservable(letters(stand$), '20ms !').toBe('--------e-L');
      flush();
    }),
  );

  it(
    'passes once in a vacancy: two that pass to each other do not go on for ever',
    story(({ stand, ensemble, at, letters, expectObservable, flush }) => {
      let better = '';
      const join = () => {
        better = ensemble.join('better', { data: { w: 2 } });
      };
      const pass = () => {
        ensemble.leave(better);
        join();
      };
      at('   ---b 16ms p', { b: join, p: pass });
      const stand$ = stand({ data: { w: 1 }, election: { prefer } });
      // First again at 21: the same is still better, and is not passed to a second time.
      expectObservable(letters(stand$), '32ms !').toBe('16ms 1 8ms e-L');
      flush();
    }),
  );

  it(
    'passes to the nominee of the one before, leaves the record as it was found, and never says that it leads',
    story(({ stand, ensemble, at, letters, expectObservable, flush }) => {
      let nominee = '';
      const asFound = () => ({ holder: gone, leaseMs: 30, released: true, nominee: identityIn(nominee) });
      at('   ---n', {
        n: () => {
          nominee = ensemble.join('nominee');
          ensemble.record = asFound();
        },
      });
      at('18ms a', { a: () => expect(ensemble.record).toMatchObject(asFound()) });
      expectObservable(letters(stand()), '20ms !').toBe('----e 11ms 1');
      flush();
    }),
  );

  it(
    'leads if the nominee is not in line',
    story(({ stand, ensemble, letters, expectObservable, flush }) => {
      ensemble.record = { holder: gone, leaseMs: 30, released: true, nominee: 'f'.repeat(24) };
      expectObservable(letters(stand()), '16ms !').toBe('----e---L');
      flush();
    }),
  );

  it(
    'passes to a nominee once in a vacancy',
    story(({ stand, ensemble, at, letters, expectObservable, flush }) => {
      let nominee = '';
      const join = () => {
        nominee = ensemble.join('nominee');
      };
      at('   ---n 16ms p', {
        n: () => {
          join();
          ensemble.record = { holder: gone, leaseMs: 30, released: true, nominee: identityIn(nominee) };
        },
        p: () => {
          ensemble.leave(nominee);
          join();
        },
      });
      expectObservable(letters(stand()), '36ms !').toBe('----e 11ms 1----e---L');
      flush();
    }),
  );
});

describe('a leader with preempt', () => {
  const election = { prefer, preempt: true };

  it(
    'hands over to a better one that joins, and nominates it',
    story(({ stand, ensemble, at, letters, expectObservable, flush }) => {
      let better = '';
      at('20ms b', {
        b: () => {
          better = ensemble.join('better', { data: { w: 2 } });
        },
      });
      at('28ms a', {
        a: () => expect(ensemble.record).toMatchObject({ released: true, nominee: identityIn(better) }),
      });
      expectObservable(letters(stand({ data: { w: 1 }, election })), '40ms !').toBe('--------e-L 14ms r-------1');
      flush();
    }),
  );

  it(
    'stays when somebody joins who is not better',
    story(({ stand, ensemble, at, letters, expectObservable, flush }) => {
      at('20ms b', { b: () => void ensemble.join('worse', { data: { w: 0 } }) });
      expectObservable(letters(stand({ data: { w: 1 }, election })), '60ms !').toBe('--------e-L');
      flush();
    }),
  );

  it(
    'stays for one that was better before it claimed: it has passed to that one already',
    story(({ stand, ensemble, at, letters, expectObservable, flush }) => {
      let better = '';
      const join = () => {
        better = ensemble.join('better', { data: { w: 2 } });
      };
      at('   ---b 16ms p', {
        b: join,
        p: () => {
          ensemble.leave(better);
          join();
        },
      });
      expectObservable(letters(stand({ data: { w: 1 }, election })), '60ms !').toBe('16ms 1 8ms e-L');
      flush();
    }),
  );

  it(
    'is deaf to newcomers without it',
    story(({ stand, session, ensemble, at, letters, expectObservable, flush }) => {
      at('20ms b', { b: () => void ensemble.join('better', { data: { w: 2 } }) });
      expectObservable(letters(stand({ data: { w: 1 }, election: { prefer } })), '60ms !').toBe('--------e-L');
      flush();
      expect(ensemble.tree.watched).toEqual([]);
      expect(session.asked.filter((what) => what === 'children /e')).toHaveLength(2);
    }),
  );
});
