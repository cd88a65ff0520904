import { BehaviorSubject, defer, NEVER, type Observable, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { useLeakCheck } from '../support/leaks.js';
import { seen, until } from '../support/until.js';
import { linked, list, node } from './tcp-nodes.js';

useLeakCheck();

describe('discovery', () => {
  it('is let go when the node is closed', async () => {
    const peers = await list('a', 'b');
    const peers$ = new BehaviorSubject(peers);
    const a = node({ self: 'a', peers: peers$, listen: peers.split(/[@,]/)[1] as string });
    expect(peers$.observed).toBe(true);
    await a.network.close();
    expect(peers$.observed).toBe(false);
  });

  it('goes on behind a list that breaks a rule', async () => {
    const peers = await list('a', 'b', 'c');
    const own = peers.split(',')[0] as string;
    const peers$ = new BehaviorSubject(own);
    const { network } = node({ self: 'a', peers: peers$, listen: own.slice(2) });
    using known = seen(network.peers$);
    peers$.next(`${own},nonsense`);
    peers$.next(peers);
    expect(known.values).toEqual([[], ['b', 'c']]);
  });

  it('that fails is asked again, and until it answers the last list goes on', async () => {
    const peers = await list('a', 'b', 'c');
    const [own, other] = peers.split(',') as [string, string];
    const first$ = new BehaviorSubject(`${own},${other}`);
    const failure$ = throwError(() => new Error('no such name'));
    const answers: Observable<string>[] = [first$, failure$, failure$, new BehaviorSubject(peers)];
    const lists$ = defer(() => answers.shift() ?? NEVER);
    const a = node({ self: 'a', peers: lists$, listen: own.slice(2) });
    const b = node({ self: 'b', peers: `${own},${other}` });
    await linked(a, b);
    first$.error(new Error('no answer'));
    a.network.send('b', 'still there');
    expect((await b.received.next()).message).toBe('still there');
    node({ self: 'c', peers });
    await until(() => a.reachable.last?.has('c'));
    expect(answers).toEqual([]);
  });
});
