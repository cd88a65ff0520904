/**
 * What Redis decides, as Lua scripts: each runs alone, and sees one instant of Redis' clock. Redis 5 or later, since they
 * ask for the time and then write.
 *
 * The lease is a hash with a deadline in it and not a key that expires: a full Redis may evict keys that expire, and a
 * lease that vanishes makes two leaders. That it is missing although there is a token proves that something was lost.
 */
import { createHash } from 'node:crypto';

export interface Script {
  readonly name: string;
  readonly text: string;
  readonly sha: string;
}

const prelude = `
local TOKEN, LEASE, LINE, ALIVE, WHO = unpack(KEYS)
local channel, name = ARGV[1], ARGV[2]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function text(number) return string.format('%.0f', number) end
local function tell(kind, who) redis.call('PUBLISH', channel, kind .. ' ' .. who) end
local function stands(who) return redis.call('ZSCORE', LINE, who) end
local function drop(who)
  redis.call('ZREM', LINE, who)
  redis.call('ZREM', ALIVE, who)
  redis.call('HDEL', WHO, who)
end
local function prune()
  for _, who in ipairs(redis.call('ZRANGEBYSCORE', ALIVE, '-inf', text(now))) do drop(who) end
end
local function lease()
  local found = redis.call('HMGET', LEASE, 'holder', 'token', 'until', 'nonce', 'nominee', 'asked')
  return { holder = found[1] or '', token = found[2] or '0', ends = tonumber(found[3] or '0'), nonce = found[4],
    nominee = found[5] or '', asked = found[6] or '' }
end
local function successor()
  local nominee = redis.call('HGET', LEASE, 'nominee')
  if nominee and stands(nominee) then return nominee end
  return redis.call('ZRANGE', LINE, 0, 0)[1] or ''
end
local function wake()
  local who = successor()
  if who ~= '' then tell('wake', who) end
end
local function score(at) return tonumber(redis.call('ZRANGE', LINE, at, at, 'WITHSCORES')[2] or '0') end
local function counter() return tonumber(redis.call('GET', TOKEN) or '0') end
`;

/**
 * A heartbeat of somebody who does not lead, which takes the lease if it is free and theirs. Arguments: lease in ms, the
 * largest token the candidate has seen, a name for this attempt, what it publishes (empty: do not join), whether it may
 * take the lease or wants to look at the line first, its id.
 *
 * Forgetting: Redis may have lost what it said, and somebody may still believe in a lease of which nothing is left. Then
 * nobody gets it for one whole lease. It has lost something if a candidate has seen a larger token than it knows, if there
 * is a token but no lease, or if this is another server process than the one that granted the last lease (or, of an
 * election it does not know, one that has just been started). The lease that it remembers may be an old one of the
 * candidate that asks, who let it go since: then that of somebody else was lost.
 *
 * The token is the counter plus one, but never less than Redis' clock in milliseconds: so it rises also over writes
 * that were lost.
 */
const turn = `
local ms, seen, nonce, profile, may, id = tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5], ARGV[6], ARGV[7], ARGV[8]
local function forgotten(last)
  local info = redis.pcall('INFO', 'server')
  local told = type(info) == 'string'
  local run = told and string.match(info, 'run_id:(%w+)') or 'unknown'
  local uptime = told and tonumber(string.match(info, 'uptime_in_seconds:(%d+)'))
  local known = redis.call('HGET', LEASE, 'run')
  local lost = last > 0 and redis.call('EXISTS', LEASE) == 0
  redis.call('HSET', LEASE, 'run', run)
  if known then return lost or known ~= run end
  return lost or not uptime or uptime <= ms / 1000 + 1
end
local function quarantine()
  redis.call('HSET', LEASE, 'holder', '?', 'id', '', 'until', text(now + ms), 'nonce', '')
  return { holder = '?', ends = now + ms }
end

prune()
local last = counter()
if not stands(name) then
  if profile == '' then return { 'gone', text(last) } end
  redis.call('ZADD', LINE, text(score(-1) + 1), name)
  redis.call('HSET', WHO, name, text(now) .. ' ' .. profile)
  tell('line', name)
end
redis.call('ZADD', ALIVE, text(now + ms), name)

local current = lease()
local held = current.ends > now
if seen > last then
  redis.call('SET', TOKEN, text(seen))
  last = seen
  if not held then current = quarantine(); held = true end
end

local chosen = successor()
local settled = held and (current.holder ~= name or current.nonce == nonce)
if chosen == name and not settled and forgotten(last) then current = quarantine(); held = true end
if chosen ~= name or (held and current.holder ~= name) then
  local rank = redis.call('ZRANK', LINE, name)
  local blocker = chosen
  if rank > 0 then blocker = redis.call('ZRANGE', LINE, rank - 1, rank - 1)[1] end
  local due = held and current.ends - now or 0
  if chosen ~= name then due = math.max(due, tonumber(redis.call('ZSCORE', ALIVE, blocker) or '0') - now) end
  return { 'waiting', text(last), text(rank), text(math.max(due, 0)) }
end

if held and current.nonce == nonce then
  redis.call('HSET', LEASE, 'until', text(now + ms))
  return { 'leader', current.token, text(now) }
end
if may ~= '1' and current.nominee ~= name then return { 'first', text(last) } end

local floor = math.max(last, tonumber(current.token or '0'), now - 1)
if floor > last then redis.call('SET', TOKEN, text(floor)) end
redis.call('INCR', TOKEN)
local token = redis.call('GET', TOKEN)
redis.call('HSET', LEASE, 'holder', name, 'id', id, 'token', token, 'since', text(now), 'until', text(now + ms), 'nonce', nonce)
redis.call('HDEL', LEASE, 'nominee', 'asked')
if redis.call('ZRANK', LINE, name) > 0 then redis.call('ZADD', LINE, text(score(0) - 1), name) end
tell('lease', name)
return { 'leader', token, text(now) }
`;

/** A heartbeat of the leader. Arguments: lease in ms, the token of the leadership. */
const renew = `
local ms, token = tonumber(ARGV[3]), ARGV[4]
prune()
local current = lease()
if current.holder ~= name or current.token ~= token then return { 'lost' } end
if not stands(name) then return { 'gone', text(counter()) } end
if counter() < tonumber(token) then redis.call('SET', TOKEN, token) end
redis.call('ZADD', ALIVE, text(now + ms), name)
redis.call('HSET', LEASE, 'until', text(now + ms))
return { 'kept', current.asked }
`;

/**
 * Lets the lease go, if it is theirs, and leaves the line or goes to its end. Arguments: whether to stay, the place of
 * who should lead next, the token of the leadership that is over (empty: whichever it is). It may come late, when the
 * same place leads again. Removes before it writes: a full Redis allows that.
 */
const release = `
local stay, nominee, token = ARGV[3], ARGV[4], ARGV[5]
prune()
local current = lease()
if current.holder == name and (token == '' or current.token == token) then
  redis.call('HDEL', LEASE, 'holder', 'until', 'nonce', 'asked')
  if nominee ~= '' then redis.call('HSET', LEASE, 'nominee', nominee) end
end
if stay == '1' and stands(name) then redis.call('ZADD', LINE, text(score(-1) + 1), name) else drop(name) end
if lease().ends <= now then wake() end
tell('line', name)
return { 'released' }
`;

/** Whoever is first lets another one lead. Argument: the place of the other. */
const pass = `
local nominee = ARGV[3]
prune()
if lease().ends > now or successor() ~= name or not stands(nominee) then return { 'refused' } end
redis.call('HSET', LEASE, 'nominee', nominee)
tell('wake', nominee)
return { 'passed' }
`;

/** How things stand, without writing. Argument: whether the whole line is wanted. */
const look = `
local all = ARGV[3]
local found = redis.call('HMGET', LEASE, 'holder', 'id', 'token', 'since', 'until')
local holder = found[1] or ''
local reply = { text(now), text(counter()), text(redis.call('ZCOUNT', ALIVE, '(' .. text(now), '+inf')), holder,
  found[2] or '', found[3] or '0', found[4] or '0', found[5] or '0', redis.call('HGET', WHO, holder) or '' }
if all == '1' then
  for _, who in ipairs(redis.call('ZRANGE', LINE, 0, -1)) do
    if tonumber(redis.call('ZSCORE', ALIVE, who) or '0') > now then
      table.insert(reply, who)
      table.insert(reply, redis.call('HGET', WHO, who) or '')
    end
  end
end
return reply
`;

/** Asks the leader to hand over. Arguments: the token of its leadership, the request, the place of who should be next. */
const ask = `
local token, request, nominee = ARGV[3], ARGV[4], ARGV[5]
prune()
local current = lease()
if current.ends <= now or current.token ~= token then return { 'changed' } end
if nominee ~= '' and not stands(nominee) then return { 'missing' } end
redis.call('HSET', LEASE, 'asked', request)
tell('asked', current.holder)
return { 'asked' }
`;

/**
 * Removes a place by force. A lease that goes with it stays until its holder has heard, or it ends.
 */
const evict = `
if not stands(name) then return { 'missing' } end
drop(name)
tell('gone', name)
if lease().ends <= now then wake() end
tell('line', name)
return { 'evicted' }
`;

/** A member's word on a channel, in place of its last one. Arguments: how long it stays, in ms; the word, or none and a farewell. */
const post = `
if ARGV[4] == '' then
  redis.call('PUBLISH', channel, ARGV[5])
  return drop(name)
end
redis.call('ZADD', ALIVE, text(now + tonumber(ARGV[3])), name)
redis.call('HSET', WHO, name, ARGV[4])
redis.call('PUBLISH', channel, ARGV[4])
`;

/** The last word of everybody on a channel. */
const posts = `
prune()
return redis.call('HVALS', WHO)
`;

const bodies = { turn, renew, release, pass, look, ask, evict, post, posts };

export const scripts = Object.fromEntries(
  Object.entries(bodies).map(([name, body]) => {
    const text = prelude + body;
    return [name, Object.freeze({ name, text, sha: createHash('sha1').update(text).digest('hex') })];
  }),
) as Readonly<Record<keyof typeof bodies, Script>>;
