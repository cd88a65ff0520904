/*
 * The election: the line, the claim and the lease, and the sessions beneath; every interleaving, for any length of time.
 *
 * Property: never do two clients believe at once that they lead (the assertion in `believe`).
 *
 * Nothing here knows the time: each wait is a countdown in ticks, so that time has no end and the states do. A client's
 * clock may miss one tick in DRIFT. A client that is asleep is one that takes no step for a while.
 *
 * The recipe trusts the store with order alone, so by default a place in line may vanish at any moment, and a request
 * may hang for ever. With -DSESSIONS a place vanishes only with its session, as in ZooKeeper: each client speaks to a
 * follower of its own, which answers pings by itself and tells the leader of its clients up to a tick later, or not at
 * all while it is cut off; writes hang then. (A leader that has lost its quorum serves no better.) The leader expires a
 * session that it has not heard of for TIMEOUT ticks, or later. Every such run is one without -DSESSIONS too, so the recipe
 * is checked without, and the rules that lean on the session timeout with.
 *
 * What a lost connection had on its way is carried out before the first write of the next, or never: ZooKeeper refuses
 * it then (SESSIONMOVED), and the recipe needs that (-DLATE_REQUESTS). Two clients, each any number of times.
 *
 * Not here: a machine suspended together with its clock (spec/zookeeper/lease.spec.ts has it), work, preferences.
 *
 * Each rule of the recipe can be replaced by one that looks as good, with -D and its name: `npm run model`.
 */
#ifndef CLIENTS
#define CLIENTS 2
#endif
#define TIMEOUT 2 /* of a session */
#define DRIFT 3
#ifndef LONGEST
#define LONGEST 2 /* lease */
#endif
#define lease_of(c) (c == 0 -> LONGEST : 1) /* clients may be set up differently */
#define NOBODY 255

/* ============================================================================================ the rules of leases */

/* How long an acknowledged write that names our own place lets us believe ... */
#if defined(WRITE_PLUS_TIMEOUT)
#define believes_for(c) TIMEOUT
#elif defined(WRITE_PLUS_HALF_TIMEOUT)
#define believes_for(c) (TIMEOUT / 2)
#else
#define believes_for(c) lease_of(c)
#endif

/* ... counted from the instant it was sent. */
#if defined(LEASE_FROM_RECEIPT)
#define proven(c) believes_for(c)
#else
#define proven(c) (believes_for(c) - age[c]) /* ages no further */
#endif

/* How long the successor of a holder without a goodbye waits: that holder's lease, stretched by what clocks may differ. */
#if defined(NO_WAIT) || defined(WRITE_PLUS_TIMEOUT) || defined(WRITE_PLUS_HALF_TIMEOUT)
#define wait_for(c, span) 0
#elif defined(WAITS_OWN_LEASE)
#define wait_for(c, span) (lease_of(c) + 1)
#elif defined(NO_DRIFT)
#define wait_for(c, span) (span)
#else
#define wait_for(c, span) (span + 1)
#endif
#define LONGEST_WAIT (LONGEST + 1)

/* ... from the instant it saw itself first. Ours counts from the answer to its claim: later, and so no less safe. */
#if defined(WAIT_FROM_JOINING)
#define counts(c) (seated[c] && !claimed[c])
#else
#define counts(c) (first[c] && !claimed[c])
#endif

/* Which lease a claim writes down: the longest of its own, those ahead, and one that it found without a goodbye. */
#if defined(OWN_LEASE_RECORDED)
#define handed_on(c, longest) lease_of(c)
#else
#define handed_on(c, longest) longest
#endif

/* When a goodbye says that nobody need wait: when whoever says it need not wait itself. */
#if defined(RELEASED_WHILE_WAITING)
#define nobody_left(c) true
#else
#define nobody_left(c) (until_clear[c] == 0)
#endif

/* Claims and proofs name our own place: they are refused when it is gone. */
#if defined(CLAIM_UNCHECKED)
#define stands(c, what) (place[c] > 0 || what == CLAIM)
#elif defined(ANY_WRITE_PROVES)
#define stands(c, what) (place[c] > 0 || what == PROOF)
#else
#define stands(c, what) (place[c] > 0)
#endif

/* A claim of our own that we remember is not waited for, only what that claim itself had to wait for. */
#if defined(OWN_NAME_FORGIVEN)
#define is_own_past(c) (record.holder == c)
#else
#define is_own_past(c) ours[c]
#endif

/* ====================================================================================================== the store */

byte place[CLIENTS];  /* in line: 1 is first, 0 is nowhere */
byte in_line;         /* how many are */
typedef Record { byte holder = NOBODY; byte lease; bool released }
Record record;

#define less(n) (n > 0 -> n - 1 : 0)
#define more(n, most) (n < most -> n + 1 : most)

#ifdef SESSIONS
bool alive[CLIENTS];  /* the session, at the leader, */
byte expiry[CLIENTS]; /* who may expire it in so many ticks */
bool cut[CLIENTS];    /* the client's follower, from the leader */
byte heard[CLIENTS];  /* the follower has a sign of life to tell the leader: */
#define FRESH 1
#define DUE 2         /* before the next tick */
#define reached(c) (!cut[c])
#define served(c) (!cut[c] && alive[c])
#define overdue(c) (heard[c] == DUE && !cut[c])
inline hear(c) { if :: heard[c] == 0 -> heard[c] = FRESH :: else fi }
inline open_session(c) { alive[c] = true; expiry[c] = TIMEOUT; heard[c] = 0 }
inline sessions_tick(c) { expiry[c] = less(expiry[c]); if :: heard[c] == FRESH -> heard[c] = DUE :: else fi }
#else
#define reached(c) true
#define served(c) true
#define overdue(c) false
inline hear(c) { skip }
inline open_session(c) { skip }
inline sessions_tick(c) { skip }
#endif

/* ==================================================================================================== the clients */

mtype = { NOTHING, CLAIM, PROOF, PING, GOODBYE, GOODBYE_WAIT, SILENT_GOODBYE };
#define is_goodbye(what) (what == GOODBYE || what == GOODBYE_WAIT || what == SILENT_GOODBYE)
#define changes(what) (what == CLAIM || is_goodbye(what))
mtype = { SENT, DONE, REFUSED };

mtype request[CLIENTS] = NOTHING; /* one at a time */
mtype answer[CLIENTS] = SENT;
byte age[CLIENTS];        /* ticks since it was sent, by the client's clock */
#ifdef LATE_REQUESTS
mtype stray[CLIENTS] = NOTHING; /* still on its way, though its connection was lost */
byte stray_lease[CLIENTS];
inline forget_stray(c) { stray[c] = NOTHING; stray_lease[c] = 0 }
#else
inline forget_stray(c) { skip }
#endif

bool seated[CLIENTS];     /* thinks that it is in line */
byte to_record[CLIENTS];  /* the lease that a claim writes down; 0: has not looked at the line yet */
bool first[CLIENTS];      /* has seen itself first ... */
byte since[CLIENTS];      /* ... so many ticks ago */
byte found[CLIENTS];      /* what its claim found: how long to wait since then, */
#define OWN_PAST 255      /* or a claim of its own that it remembers */
bool claimed[CLIENTS];    /* from this place, and has the answer */
bool ours[CLIENTS];       /* the record is the last claim of its own whose answer it has */
byte until_clear[CLIENTS];/* ticks until nobody else can believe, by that claim */
bool waiting[CLIENTS];    /* for somebody lost, before it may lead */
byte lease[CLIENTS];      /* ticks left to believe: asked of the clock at every moment */
byte even; /* ticks until a clock may miss another */

byte i; /* after each loop the same */
byte longest;

inline write_record(c, span, goodbye) {
  record.holder = c;
  record.lease = span;
  record.released = goodbye;
  for (i : 0 .. CLIENTS - 1) { ours[i] = (i == c && claimed[c]) }
}

inline remove(c) {
  for (i : 0 .. CLIENTS - 1) {
    if :: place[i] > place[c] -> place[i]-- :: else fi
  }
  place[c] = 0; in_line--; forget_stray(c)
}

/* What a claim finds, and so how long it must wait. */
inline find(c) {
  if
  :: is_own_past(c) -> found[c] = OWN_PAST
  :: else -> found[c] = ((record.holder == NOBODY || record.released) -> 0 : wait_for(c, record.lease))
  fi
}

inline commit(c, what, span) {
  if
  :: what == CLAIM -> write_record(c, span, false)
  :: what == GOODBYE -> write_record(c, span, true); remove(c)
  :: what == GOODBYE_WAIT -> write_record(c, span, false); remove(c)
  :: what == SILENT_GOODBYE -> remove(c)
  :: else
  fi
}

inline send(c, what) { request[c] = what; answer[c] = SENT; age[c] = 0 }
inline forget_request(c) { request[c] = NOTHING; answer[c] = SENT; age[c] = 0; found[c] = 0 }

/* The property; and, so that it does not hold for want of leaders, two that must not hold. */
#if defined(NEVER_PASSES_AT_ONCE)
byte last = NOBODY;
#define judge(c) assert(last == NOBODY || last == c || waiting[c]); last = c
#elif defined(NEVER_PASSES_AFTER_A_WAIT)
byte last = NOBODY;
#define judge(c) assert(last == NOBODY || last == c || !waiting[c]); last = c
#else
#define judge(c) for (i : 0 .. CLIENTS - 1) { assert(i == c || lease[i] == 0) }
#endif

inline believe(c) {
  if
  :: lease[c] > 0 -> printf("client %d believes\n", c); judge(c)
  :: else
  fi;
  waiting[c] = false
}

/* Not in line any more, as far as the client knows. */
inline vacate(c) {
  forget_request(c);
  seated[c] = false; to_record[c] = 0; first[c] = false; since[c] = 0; claimed[c] = false; waiting[c] = false; lease[c] = 0
}

inline clear_from(c) {
  if
  :: found[c] == OWN_PAST
  :: else -> until_clear[c] = (found[c] > since[c] -> found[c] - since[c] : 0)
  fi
}

#ifdef SEEK
byte last = NOBODY;
#endif

inline lose_connection(c) {
  printf("client %d loses its connection\n", c);
  forget_request(c);
  waiting[c] = false
}

proctype Client(byte me) {
  do
  /* Takes a place in line. */
  :: d_step { !seated[me] && place[me] == 0 && reached(me) ->
       printf("client %d joins\n", me);
       open_session(me);
       in_line++; place[me] = in_line; seated[me] = true }

  /* Looks at the line, and at the record; again with a new connection. */
  :: d_step { seated[me] && place[me] > 0 && request[me] == NOTHING && !waiting[me] && lease[me] == 0 && reached(me) ->
       longest = lease_of(me);
       for (i : 0 .. CLIENTS - 1) {
         if :: place[i] > 0 && place[i] < place[me] && lease_of(i) > longest -> longest = lease_of(i) :: else fi
       }
       if :: record.holder != NOBODY && !record.released && record.lease > longest -> longest = record.lease :: else fi;
       to_record[me] = handed_on(me, longest);
       longest = 0 }

  /* Nobody is ahead: claims; again after its lease has lapsed, or the answer was lost. */
  :: d_step { to_record[me] > 0 && (place[me] == 1 || first[me]) && request[me] == NOTHING && !waiting[me] && lease[me] == 0 ->
       printf("client %d is first and claims\n", me);
       first[me] = true;
       send(me, CLAIM) }
  :: d_step { request[me] == CLAIM && answer[me] == DONE ->
       clear_from(me);
       claimed[me] = true; since[me] = 0; ours[me] = (record.holder == me);
       if
       :: until_clear[me] == 0 -> lease[me] = proven(me); believe(me)
       :: else -> waiting[me] = true; printf("client %d has claimed and waits %d\n", me, until_clear[me])
       fi;
       forget_request(me) }

  /* The wait is over: a fresh proof before the first belief. */
  :: d_step { waiting[me] && until_clear[me] == 0 && request[me] == NOTHING ->
#ifdef END_OF_WAIT_PROVES
       lease[me] = lease_of(me); believe(me)
#else
       send(me, PROOF)
#endif
     }

  /* Renews. */
  :: d_step { lease[me] > 0 && request[me] == NOTHING -> printf("client %d renews\n", me); send(me, PROOF) }
  :: d_step { request[me] == PROOF && answer[me] == DONE ->
       if
       :: waiting[me] -> lease[me] = proven(me); believe(me)
       :: lease[me] > 0 && proven(me) > lease[me] -> lease[me] = proven(me)
       :: else
       fi;
       forget_request(me) }
#ifdef LEASE_FROM_PING
  :: d_step { lease[me] > 0 && request[me] == NOTHING -> printf("client %d pings\n", me); send(me, PING) }
  :: d_step { request[me] == PING && answer[me] == DONE ->
       if
       :: lease[me] > 0 && proven(me) > lease[me] -> lease[me] = proven(me); printf("client %d has its ping answered\n", me)
       :: else
       fi;
       forget_request(me) }
#endif

  /* Leaves, for now: stops believing, then says goodbye. */
  :: d_step { place[me] > 0 && seated[me] && request[me] == NOTHING && to_record[me] > 0 ->
#ifndef GOODBYE_BEFORE_STOPPING
       lease[me] = 0;
#endif
       waiting[me] = false;
       if
       :: !claimed[me] -> send(me, SILENT_GOODBYE)
       :: claimed[me] && nobody_left(me) -> send(me, GOODBYE)
       :: else -> send(me, GOODBYE_WAIT)
       fi;
       printf("client %d says goodbye\n", me) }

  /* The place is gone: a request was refused, a goodbye answered, or a watch told so. */
  :: d_step { is_goodbye(request[me]) && answer[me] == DONE -> vacate(me) }
  :: d_step { request[me] != NOTHING && answer[me] == REFUSED -> vacate(me) }
  :: d_step { seated[me] && place[me] == 0 && reached(me) -> printf("client %d hears that its place is gone\n", me); vacate(me) }

  /* Loses its connection: what was sent is lost, or may still be carried out; the answer will not come. Another will do. */
  :: d_step { request[me] != NOTHING -> lose_connection(me) }
#ifdef LATE_REQUESTS
  :: d_step { changes(request[me]) && answer[me] == SENT && place[me] > 0 && stray[me] == NOTHING ->
       stray[me] = request[me]; stray_lease[me] = to_record[me];
       lose_connection(me) }
#endif

  /* Dies; the next process knows nothing of the last. */
  :: d_step { seated[me] -> printf("client %d crashes\n", me); vacate(me); ours[me] = false; until_clear[me] = 0 }
  od
}

/* What the store does for a client, and to it. */
proctype Store(byte c) {
  do
  :: d_step { request[c] != NOTHING && request[c] != PING && answer[c] == SENT && reached(c) ->
       if
       :: served(c) && stands(c, request[c]) ->
          if :: request[c] == CLAIM -> find(c) :: else fi;
          commit(c, request[c], to_record[c]); answer[c] = DONE; hear(c)
       :: else -> answer[c] = REFUSED
       fi }
#ifdef LATE_REQUESTS
  :: d_step { stray[c] != NOTHING && reached(c) -> commit(c, stray[c], stray_lease[c]); forget_stray(c) }
  :: d_step { stray[c] != NOTHING -> forget_stray(c) }
#endif
#ifdef LEASE_FROM_PING
  :: d_step { request[c] == PING && answer[c] == SENT -> answer[c] = DONE; hear(c) }
#endif
#ifdef SESSIONS
  :: d_step { heard[c] > 0 && !cut[c] -> heard[c] = 0; if :: alive[c] -> expiry[c] = TIMEOUT :: else fi }
  :: d_step { !cut[c] -> cut[c] = true; printf("the follower of client %d is cut off\n", c) }
  :: d_step { cut[c] -> cut[c] = false; printf("the follower of client %d is back\n", c) }
  :: d_step { alive[c] && expiry[c] == 0 ->
       printf("the session of client %d expires\n", c);
       alive[c] = false; heard[c] = 0;
       if :: place[c] > 0 -> remove(c) :: else fi }
#else
  :: d_step { place[c] > 0 -> remove(c); printf("the place of client %d vanishes\n", c) }
#endif
  od
}

/* One tick by the client's own clock. */
inline own_tick(c) {
#ifndef CONNECTED_IS_ENOUGH
  lease[c] = less(lease[c]);
#endif
  until_clear[c] = less(until_clear[c]);
  if :: counts(c) -> since[c] = more(since[c], LONGEST_WAIT) :: else fi;
  if :: request[c] != NOTHING -> age[c] = more(age[c], believes_for(c)) :: else fi
}

/* A clock may miss one tick in DRIFT; what all miss is none. */
proctype Clock() {
  byte late = NOBODY;
  byte c;
  do
  :: atomic { !overdue(0) && !overdue(1) && (CLIENTS == 2 || !overdue(CLIENTS - 1)) ->
       if
       :: late = NOBODY
       :: even == 0 -> late = 0
       :: even == 0 -> late = 1
       :: even == 0 && CLIENTS > 2 -> late = CLIENTS - 1
       fi;
       d_step {
         even = (late == NOBODY -> less(even) : DRIFT - 1);
         printf("tick\n");
         for (c : 0 .. CLIENTS - 1) {
           if
           :: c == late -> printf("  missed by client %d\n", c)
           :: else -> own_tick(c)
           fi;
           sessions_tick(c)
         }
         late = NOBODY; c = 0
       } }
  od
}

init {
  atomic {
    run Clock();
    for (i : 0 .. CLIENTS - 1) { run Client(i); run Store(i) }
  }
}
