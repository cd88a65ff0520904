/** The rules of groups, of finding an owner and of answering for it, each taken out once; part of the table in `mutants.ts`. */
import type { Mutant } from '../support/mutants.js';

const unit = (name: string) => `spec/coordinator/${name}.spec.ts`;
const lib = (name: string, spec = name) => ({ file: `lib/coordinator/${name}.ts`, spec: unit(spec) });

const finding: readonly Mutant[] = [
  {
    ...lib('sight'),
    name: 'I9: an earlier epoch is told',
    from: 'next.token < last.token ? before : now',
    to: 'now',
  },
  {
    ...lib('sight'),
    name: 'I9: the last owner is forgotten with the connection',
    from: "{ ...before, view: { ...view, status: 'stale' } }",
    to: "{ ...before, view: { status: 'vacant', last: view.epoch } }",
  },
  {
    ...lib('sight'),
    name: 'I9: an owner that is gone is named',
    from: 'return concat(owner$, of(vacant));',
    to: 'return owner$;',
  },
  {
    ...lib('locator', 'sight'),
    name: 'I9: whoever is only guessed to be the owner is named',
    from: "if (view.status !== 'owned') return EMPTY;",
    to: "if (view.status === 'vacant') return EMPTY;",
  },
  {
    ...lib('locator', 'sight'),
    name: 'who has answered that it is not the owner is named again',
    from: 'return authoritative || doubted ?',
    to: 'return authoritative ?',
  },
  {
    ...lib('locator', 'sight'),
    name: 'what the store does not confirm is told all the same',
    from: '(isOtherVersion(error) || isMissing(error) ? EMPTY : throwError(() => error))',
    to: "(isOtherVersion(error) || isMissing(error) ? of('as it was') : throwError(() => error))",
  },
  {
    ...lib('locator'),
    name: 'an error of the caller is tried again',
    from: 'isAnswer(error) ? timer(error.retryAfterMs ?? retryMs, clock.scheduler) : throwError(() => error)',
    to: 'timer((error as { retryAfterMs?: number }).retryAfterMs ?? retryMs, clock.scheduler)',
  },
];

const placing: readonly Mutant[] = [
  { ...lib('assigner'), name: 'I10: nobody is relieved of anything', from: '  board.level();\n', to: '' },
  {
    ...lib('assigner'),
    name: 'I10: everything is dealt out anew',
    from: 'filter((role) => !board.keep(role))',
    to: 'filter(() => true)',
  },
  { ...lib('assigner'), name: 'I10: weights do not count', from: '(roles.size + 1) / weight', to: 'roles.size + 1' },
  {
    ...lib('assigner'),
    name: 'I11: a node that drains gets roles',
    from: "(state ?? 'active') === 'active'",
    to: "(state ?? 'active') !== 'leaving'",
  },
  {
    ...lib('assigner'),
    name: 'a role goes home as soon as its node is back',
    from: 'return forMs >= (this.#situation.failbackAfterMs ?? 0);',
    to: 'return forMs >= 0;',
  },
  {
    ...lib('assigner'),
    name: 'a role stays where it has failed',
    from: 'return fine.length > 0 ? fine : able;',
    to: 'return able;',
  },
  {
    ...lib('plan'),
    name: 'I10: any number of roles is on the way',
    from: 'if (this.#moving.size >= this.#outlook.maxInFlight) return;',
    to: '',
  },
  {
    ...lib('plan'),
    name: 'I12: a role whose owner is gone is not placed',
    from: 'return owner !== undefined && this.#members.has(owner) &&',
    to: 'return owner !== undefined &&',
  },
  {
    ...lib('plan'),
    name: 'roles move although balancing is paused',
    from: 'return !paused && calm',
    to: 'return calm',
  },
  {
    ...lib('plan'),
    name: 'a transfer goes to a node that is not eligible',
    from: "(order.kind === 'unclean' || (",
    to: '(true || (',
  },
  {
    ...lib('balancer', 'group'),
    name: 'I12: a balancer begins with an empty table',
    from: 'map(({ data, version }) => ({ table: decodeTable(data), version })),',
    to: 'map(({ version }) => ({ table: decodeTable(new Uint8Array()), version })),',
  },
  {
    ...lib('balancer', 'group'),
    name: 'I12: what has arrived is waited for all the same',
    from: 'tap((move) => arrived$.next(new Set([...arrived$.value, keyOf(move)]))),',
    to: '',
    test: 'I11: hands every role over',
  },
  {
    ...lib('balancer', 'group'),
    name: 'an order that was carried out stands',
    from: '.filter(([role]) => !done.includes(role));',
    to: ';',
    test: 'home',
  },
];

const leaving: readonly Mutant[] = [
  {
    ...lib('shutdown', 'group'),
    name: 'I11: leaves before anything is handed over',
    from: 'handOver(group, report).pipe(takeUntil(deadline$)),',
    to: 'handOver(group, report).pipe(take(0), takeUntil(deadline$)),',
    test: 'controlled shutdown',
  },
  {
    ...lib('shutdown', 'group'),
    name: 'I11: the balancer is not told',
    from: '    switchMap((member) => group.announce(member, true)),\n',
    to: '',
    test: 'I11: hands every role over',
  },
  {
    ...lib('shutdown', 'group'),
    name: 'I11: what was not unloaded in time is not listed',
    from: 'if (clean === false) unclean.add(role);',
    to: '',
    test: 'I11: lists',
  },
  {
    ...lib('shutdown', 'group'),
    name: 'who stays is taken to be leaving',
    from: '    recalled$,\n',
    to: '',
    test: 'stays at the deadline',
  },
  {
    ...lib('local-roles', 'group'),
    name: 'all roles load at once',
    from: 'createSlots(given.loadConcurrency)',
    to: 'createSlots(Number.POSITIVE_INFINITY)',
    test: 'loads so many',
  },
  {
    ...lib('tenure', 'group'),
    name: 'I7: a term that lapsed while its load waited for its turn is loaded',
    from: '(term.isCurrent() ? merge(loaded$, late$).pipe(take(1)) : EMPTY)',
    to: 'merge(loaded$, late$).pipe(take(1))',
    test: 'sleep through the lease',
  },
  {
    ...lib('own-node', 'group'),
    name: 'a failure is not noted',
    from: "filter(({ phase }) => phase === 'failed'),",
    to: 'filter(() => false),',
    test: 'failed to load',
  },
  {
    ...lib('config', 'group'),
    name: 'a group is opened with other roles',
    from: 'if (ours !== theirs)',
    to: 'if (ours === undefined)',
    test: 'not opened',
  },
  {
    ...lib('admin', 'group'),
    name: 'a transfer goes to a node that drains',
    from: "if (draining || leaving === member.name) throw new NodeUnavailableError(to, 'draining');",
    to: '',
    test: 'told why',
  },
  {
    ...lib('admin', 'group'),
    name: 'a transfer is done before the role has a new owner',
    from: '    filter(({ record }) => record?.owner === node && !record.released),\n',
    to: '',
    test: 'moves a role',
  },
];

const eligibility: readonly Mutant[] = [
  {
    ...lib('eligible', 'group'),
    name: 'a list of eligible nodes is never made',
    from: "if (!isRejected(changed, 'NO_NODE')) return changed;",
    to: 'return changed;',
    test: 'owner alone',
  },
  {
    ...lib('eligible', 'group'),
    name: 'a list of eligible nodes is not changed',
    from: 'const changed = await term.fenced([set]);',
    to: "const changed = await term.fenced([{ op: 'create', path, data }]);",
    test: 'owner alone',
  },
  {
    ...lib('group'),
    name: 'anybody says who is eligible',
    from: 'if (!serving) throw new NotCoordinatorError(id);',
    to: "if (!serving) return { status: 'committed', results: [] };",
    test: 'owner alone',
  },
];

const answering: readonly Mutant[] = [
  {
    ...lib('guard'),
    name: 'nobody is told that a role is loading',
    from: "if (phase === 'loading' || phase === 'fencing')",
    to: "if (phase === 'fencing')",
  },
  {
    ...lib('guard'),
    name: 'a role that failed is said to be elsewhere',
    from: "  if (phase === 'failed' || phase === 'paused') throw new CoordinatorNotAvailableError(role);\n",
    to: '',
  },
  {
    ...lib('guard'),
    name: 'the result of a term that is over is given out',
    from: 'if (term.isCurrent()) return result;',
    to: 'return result;',
  },
  {
    ...lib('guard'),
    name: 'whose epoch the caller believes in does not matter',
    from: '  if (claimed) refuseStale(claimed, term);\n',
    to: '',
  },
  {
    ...lib('tasks'),
    name: 'one task begins before the other has ended',
    from: '  concatMap,\n',
    to: '  mergeMap as concatMap,\n',
  },
  {
    ...lib('tasks'),
    name: 'a verdict that is over when its turn comes is acted on',
    from: '  ReplaySubject,\n',
    to: '  Subject as ReplaySubject,\n',
  },
  {
    ...lib('epoch'),
    name: 'an epoch as text does not sort like itself',
    from: ".padStart(HEX_DIGITS, '0')",
    to: '',
  },
  {
    ...lib('adapters', 'adapters.real'),
    project: 'real',
    name: 'SQL: a row takes a stale token',
    from: ' <= $',
    to: ' <> -1 OR 1 < $',
  },
  {
    ...lib('adapters', 'adapters.real'),
    project: 'real',
    name: 'Redis: tokens are compared as numbers',
    from: 'ARGV[1] < seen',
    to: "tonumber('0x' .. ARGV[1]) < tonumber('0x' .. seen)",
  },
  {
    ...lib('adapters', 'adapters.real'),
    project: 'real',
    name: 'HTTP: a stale epoch passes',
    from: "return gate.admit(epoch) !== 'stale';",
    to: 'return gate.admit(epoch) !== undefined;',
  },
];

export const groupMutants: readonly Mutant[] = [...finding, ...placing, ...leaving, ...eligibility, ...answering];
