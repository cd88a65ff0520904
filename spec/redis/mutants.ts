/** Every rule of the recipe on Redis, taken out once. `SUCCESSION_TEST_SERVERS=child npm run mutants -- redis` */
import type { Mutant } from '../support/mutants.js';

const script = { file: 'lib/redis/scripts.ts', project: 'real' };
const inLine = { ...script, spec: 'spec/redis/line.real.spec.ts' };
const forgetting = { ...script, spec: 'spec/redis/redis.real.spec.ts' };
const failover = { ...script, spec: 'spec/redis/failover.real.spec.ts' };
const recipe = { spec: 'spec/redis/recipe.spec.ts' };
const lease = { spec: 'spec/redis/lease.spec.ts', file: 'lib/redis/lease.ts' };

export const mutants: readonly Mutant[] = [
  {
    ...inLine,
    name: 'a token is minted at every acquire, also of the same leadership',
    from: 'if held and current.nonce == nonce then',
    to: 'if held and current.nonce == nonce and false then',
    test: 'whose answer was lost',
  },
  {
    ...inLine,
    name: 'the token is on a key that expires',
    from: "redis.call('INCR', TOKEN)\n",
    to: "redis.call('INCR', TOKEN)\nredis.call('PEXPIRE', TOKEN, text(ms))\n",
    test: 'keeps nothing in a key that expires',
  },
  {
    ...inLine,
    name: 'the newcomer stands first',
    from: "redis.call('ZADD', LINE, text(score(-1) + 1), name)\n  redis.call('HSET', WHO",
    to: "redis.call('ZADD', LINE, text(score(0) - 1), name)\n  redis.call('HSET', WHO",
    test: 'in the order in which they came',
  },
  {
    ...inLine,
    name: 'a release does not compare the owner',
    from: 'if lease().holder == name then',
    to: 'if true then',
    test: 'in the order in which they came',
  },
  {
    ...inLine,
    name: 'a candidate is in line without a heartbeat',
    from: "redis.call('ZADD', ALIVE, text(now + ms), name)\n\nlocal current",
    to: 'local current',
    test: 'passes over who has fallen silent',
  },
  {
    ...inLine,
    name: 'who falls silent is kept in line',
    from: "for _, who in ipairs(redis.call('ZRANGEBYSCORE', ALIVE, '-inf', text(now))) do drop(who) end",
    to: '',
    test: 'passes over who has fallen silent',
  },
  {
    ...inLine,
    name: 'a release wakes nobody',
    from: "if lease().ends <= now then wake() end\ntell('line', name)\nreturn { 'released' }",
    to: "tell('line', name)\nreturn { 'released' }",
    test: 'wakes the next at once',
  },
  {
    ...inLine,
    name: 'a release wakes before the place is left: itself',
    from: "if stay == '1' and stands(name) then redis.call('ZADD', LINE, text(score(-1) + 1), name) else drop(name) end\nif lease().ends <= now then wake() end",
    to: "if lease().ends <= now then wake() end\nif stay == '1' and stands(name) then redis.call('ZADD', LINE, text(score(-1) + 1), name) else drop(name) end",
    test: 'wakes the next at once',
  },
  {
    ...inLine,
    name: 'a release writes who should be next before it removes anything',
    from: "  redis.call('HDEL', LEASE, 'holder', 'until', 'nonce', 'asked')\n  if nominee ~= '' then redis.call('HSET', LEASE, 'nominee', nominee) end",
    to: "  if nominee ~= '' then redis.call('HSET', LEASE, 'nominee', nominee) end\n  redis.call('HDEL', LEASE, 'holder', 'until', 'nonce', 'asked')",
    test: 'hands over on a full Redis',
  },
  {
    ...inLine,
    name: 'a release moves the place before it lets the lease go',
    from: 'prune()\nif lease().holder == name then',
    to: "prune()\nif stay == '1' then redis.call('ZADD', LINE, 'XX', text(score(-1) + 1), name) end\nif lease().holder == name then",
    test: 'hands over on a full Redis',
  },
  {
    ...inLine,
    name: 'a script is never sent in full',
    file: 'lib/redis/wire.ts',
    from: 'isNoScript(error.cause) ?',
    to: 'isNoScript(undefined) ?',
    test: 'forgets its scripts',
  },
  {
    ...forgetting,
    name: 'what candidates have seen does not count: a flush goes unnoticed',
    from: 'if seen > last then',
    to: 'if false then',
    test: 'is flushed long after its start',
  },
  {
    ...forgetting,
    name: 'another run of the server is trusted',
    from: 'if known then return lost or known ~= run end',
    to: 'if known then return lost end',
    test: 'by another run of the server',
  },
  {
    ...forgetting,
    name: 'a server just started is trusted',
    from: 'return lost or not uptime or uptime <= ms / 1000 + 1',
    to: 'return lost',
    test: 'gives a stranger who has seen nothing no lease',
  },
  {
    ...failover,
    name: 'a renewal does not compare owner and token',
    from: "if current.holder ~= name or current.token ~= token then return { 'lost' } end",
    to: '',
    test: 'that had missed a whole leadership',
  },
  {
    ...failover,
    name: 'the token counts, and does not look at the clock',
    from: "math.max(last, tonumber(current.token or '0'), now - 1)",
    to: "math.max(last, tonumber(current.token or '0'))",
    test: 'gives a stranger who has seen nothing a token above',
  },
  {
    ...recipe,
    name: 'the lease is counted from the answer',
    file: 'lib/redis/heartbeat.ts',
    from: 'map((reply) => ({ reply, sent })),',
    to: 'map((reply) => ({ reply, sent: instant(office) })),',
  },
  {
    ...recipe,
    name: 'a renewal prolongs nothing',
    file: 'lib/redis/hold.ts',
    from: 'if (holds() && sent.now > proof.now) proof = sent;',
    to: '',
  },
  {
    ...recipe,
    name: 'a leader without answers waits for one',
    file: 'lib/redis/hold.ts',
    from: 'const lapsed$ = reached(clock, () => believesUntil(proof, beliefMs)).pipe(map(() => LAPSED));',
    to: 'const lapsed$ = reached(clock, () => believesUntil(proof, 10 * beliefMs)).pipe(map(() => LAPSED));',
  },
  {
    ...recipe,
    name: 'two leaderships have one name',
    file: 'lib/redis/hold.ts',
    from: '    seat.attempt = randomUUID();\n',
    to: '    randomUUID();\n',
  },
  {
    ...recipe,
    name: 'who waits has no timer of its own',
    file: 'lib/redis/election.ts',
    from: 'Math.min(renewMs, told.dueMs + 1)',
    to: 'renewMs',
  },
  {
    ...recipe,
    name: 'a candidate is heard of once',
    file: 'lib/redis/election.ts',
    from: 'timer(dueMs(told), clock.scheduler).pipe(switchMap(() => turn(standing, seat)))',
    to: 'timer(dueMs(told), clock.scheduler).pipe(switchMap(() => []))',
  },
  {
    ...lease,
    name: 'belief makes no allowance for clocks of different rates',
    from: 'leaseMs * (1 - 2 * clockDrift)',
    to: 'leaseMs * (1 - 0 * clockDrift)',
  },
  {
    ...lease,
    name: 'belief makes no allowance for an unnoticed jump',
    from: ' - UNNOTICED_JUMP_MS - ROUNDING_MS',
    to: ' - ROUNDING_MS',
  },
  {
    name: 'the keys of an election lie in different slots',
    file: 'lib/redis/keys.ts',
    from: 'escaped(name)}}:',
    to: 'escaped(name)}:',
    spec: 'spec/redis/options.spec.ts',
    test: 'as their hash tag',
  },
  {
    name: 'a refused certificate is waited for',
    file: 'lib/redis/errors.ts',
    from: 'if (code === undefined && isCertificateError(error))',
    to: 'if (code === undefined && isCertificateError({}))',
    spec: 'spec/redis/errors.spec.ts',
  },
];
