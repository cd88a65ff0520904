/** Rules that the simulation cannot show to be needed: who shows it, or why they cannot be told apart. */
import type { Mutant } from '../../support/mutant.js';

const expiry = { spec: 'spec/zookeeper/guard/expiry.real.spec.ts', project: 'embedded' };

/** Of the guard around the client library, which the simulation replaces. */
export const inSpecs: readonly Mutant[] = [
  {
    // The simulation cannot tell: by the time that the next session has led, the lease of this one has ended its flow.
    name: "a dead session's flow goes on under the next one",
    spec: 'spec/zookeeper/election.spec.ts',
    file: 'lib/zookeeper/election.ts',
    from: 'ReplaySubject, switchMap, takeWhile',
    to: 'ReplaySubject, mergeMap as switchMap, takeWhile',
  },
  {
    name: 'nothing is proven between the wait and the first belief',
    spec: 'spec/zookeeper/hold.spec.ts',
    file: 'lib/zookeeper/hold.ts',
    from: "      { op: 'check', path: seat.path },\n",
    to: '',
  },
  {
    // Who claims while somebody leads? With a line that all see alike, nobody.
    name: 'a leader goes on although somebody else has claimed',
    spec: 'spec/zookeeper/another-claim.spec.ts',
    file: 'lib/zookeeper/hold.ts',
    from: 'leaseMs / 3, { path: standing.path, version })',
    to: 'leaseMs / 3)',
  },
  {
    name: 'who claims takes the record that it has read for the one that it has replaced',
    spec: 'spec/zookeeper/another-claim.spec.ts',
    file: 'lib/zookeeper/claim.ts',
    from: '      if (version !== before + 1) return behindAnother();\n',
    to: '',
  },
  {
    name: 'who has waited leads although somebody else has claimed',
    spec: 'spec/zookeeper/another-claim.spec.ts',
    file: 'lib/zookeeper/hold.ts',
    from: "      { op: 'check', path, version },\n",
    to: '',
  },
  {
    ...expiry,
    name: 'an answer that the session has expired is an error like others',
    file: 'lib/zookeeper/guard.ts',
    from: "    if (error instanceof SessionExpiredError) this.#end('expired');\n",
    to: '',
  },
  {
    ...expiry,
    name: 'a session is never given up while the network is away',
    file: 'lib/zookeeper/session.ts',
    from: 'const ABANDON_AFTER_TIMEOUTS = 3;',
    to: 'const ABANDON_AFTER_TIMEOUTS = 1e5;',
  },
  {
    name: 'a session is given up although its wire came back',
    spec: 'spec/zookeeper/session.spec.ts',
    file: 'lib/zookeeper/session.ts',
    from: '    waiting?.unsubscribe();\n',
    to: '',
  },
  {
    // Servers that have come apart: the simulated ones all decide alike.
    name: 'a server is believed for ever that goes on showing the one ahead',
    spec: 'spec/zookeeper/follow.spec.ts',
    file: 'lib/zookeeper/vacancy.ts',
    from: 'each((one) => one.ask())',
    to: 'each(() => undefined)',
  },
  {
    // Whoever follows goes on following when the wire is back, and hears of what it has missed. It only never says that it is in doubt.
    name: 'whoever follows is not told that the wire is lost',
    spec: 'spec/zookeeper/vacancy.spec.ts',
    file: 'lib/zookeeper/vacancy.ts',
    from: "state === 'suspended' && lost()",
    to: "state === 'suspended' && undefined",
  },
  {
    name: 'a place that its server does not show is left in line',
    spec: 'spec/zookeeper/vacate.spec.ts',
    file: 'lib/zookeeper/enlist.ts',
    from: 'seat ? orNothing(session.remove(seat.path)) : EMPTY',
    to: 'session && seat ? EMPTY : EMPTY',
  },
  {
    name: 'the library retries once by itself (retries: 1)',
    spec: 'spec/zookeeper/guard/requests.real.spec.ts',
    project: 'embedded',
    file: 'lib/zookeeper/client.ts',
    from: 'retries: 0,',
    to: 'retries: 1,',
  },
];

/** What is wrong there is outside of the library, or takes a real process. */
export const onAnEnsemble = [
  { name: 'a process asks a flag in place of the clock', words: ['--seed', '1', '--minutes', '1', '--mutant', 'flag'] },
  {
    name: 'a clock runs at a tenth of the speed',
    words: ['--directed', 'newcomer', '--times', '1', '--mutant', 'slow-clock'],
  },
  { name: 'a resource compares no tokens', words: ['--seed', '5', '--minutes', '0.25', '--mutant', 'no-fence'] },
] as const;

export const equivalent = [
  {
    name: 'an epoch that is read, raised and written',
    why: 'There is none: the token is the zxid of the claim itself, which its own transaction answers.',
  },
  {
    name: 'two or three writes in a chain before a belief, and the gap between them',
    why: 'The chain rule is not used: a belief is counted from the sending of one acknowledged write, and the successor waits.',
  },
  {
    name: 'a server that does not relay whom it has heard from',
    why: 'A rule of servers, not of the recipe: the simulated ones forget to at random, and nothing comes of it but expiry.',
  },
] as const;
