/**
 * Faults on demand, and the account of them. Each is switched on by a call that returns it, counts how often it has had
 * an effect, and is switched off by `lift()`. Whoever plans faults asks in the end which of them never fired: a test
 * whose faults did not happen has proven nothing.
 */
import { checkDuration, checkTogether } from '../options.js';
import { nameOf, OpCode, type OpName } from './opcodes.js';

/** One fault. */
export interface Fault {
  readonly name: string;
  /** How often it has had an effect. */
  readonly fired: number;
  /** Resolves when it first has an effect. */
  readonly happened: Promise<void>;
  /** Switches it off; what it held back goes on its way. */
  lift(): void;
}

/** A reply on its way out. */
export interface ReplyInfo {
  readonly op: string;
  readonly opcode: number;
  /** The code in its header. */
  readonly error: number;
  readonly session: bigint;
}

/** Which replies: of this operation, or those the predicate takes. */
export type Match = OpName | number | ((reply: ReplyInfo) => boolean);

/** Whose connections: everybody's, or those of one session. */
export type Whose = 'all' | bigint;

/** A reply is held for a while, unless that is called off. */
export interface Delay {
  readonly delayMs: number;
  isLifted(): boolean;
}

/** What becomes of a reply: it is held, lost, or cut after so many bytes, with its connection. */
export type Fate = Delay | { readonly drop: true } | { readonly cutAfter: number };

/** What faults are done to: the running server. */
export interface Subject {
  expire(session: bigint): boolean;
  jump(path: string, next: number): boolean;
  deny(path: string, denied: boolean): void;
  /** Lets go what was held back for a connection that may speak again. */
  flush(): void;
  lag(covers: (session: bigint) => boolean, fired: () => void): () => void;
}

class Entry implements Fault {
  readonly name: string;
  fired = 0;
  isLifted = false;
  readonly happened: Promise<void>;
  readonly #off: () => void;
  #happen: () => void = () => undefined;

  constructor(name: string, off: () => void = () => undefined) {
    this.name = name;
    this.#off = off;
    this.happened = new Promise((resolve) => {
      this.#happen = resolve;
    });
  }

  fire(): void {
    this.fired++;
    this.#happen();
  }

  lift(): void {
    this.isLifted = true;
    this.#off();
  }
}

interface ReplyFault {
  readonly entry: Entry;
  readonly match: (reply: ReplyInfo) => boolean;
  readonly fate: Fate;
  left: number;
}

type Door = 'refuse' | 'hang';

export class Faults {
  readonly #subject: Subject;
  readonly #plan: Entry[] = [];
  readonly #replies = new Set<ReplyFault>();
  readonly #silences = new Set<{ entry: Entry; whose: Whose }>();
  readonly #doors = new Set<{ entry: Entry; door: Door }>();

  constructor(subject: Subject) {
    this.#subject = subject;
  }

  /** Everything asked for so far, in order. */
  get plan(): readonly Fault[] {
    return this.#plan;
  }

  /** Those that never had an effect, by name. */
  get unfired(): readonly string[] {
    return this.#plan.filter(({ fired }) => fired === 0).map(({ name }) => name);
  }

  /** Switches every fault off. */
  lift(): void {
    for (const fault of this.#plan) fault.lift();
  }

  /** Ends a session now, as if its time were over: its ephemerals go, its connection is closed. */
  expire(session: bigint): Fault {
    const entry = this.#add(new Entry(`expire 0x${BigInt.asUintN(64, session).toString(16)}`));
    if (this.#subject.expire(session)) entry.fire();
    return entry;
  }

  /** The request is carried out, the reply never sent; the connection stays. */
  dropReply(match: Match, times = 1): Fault {
    return this.#reply('drop', match, { drop: true }, times);
  }

  /** The reply, and whatever follows on its connection, waits so many ms. */
  delayReply(match: Match, ms: number, times = 1): Fault {
    const isLifted = () => fault.isLifted;
    const fault: Entry = this.#reply(`delay by ${ms} ms`, match, { delayMs: checkDuration('ms', ms), isLifted }, times);
    return fault;
  }

  /** The connection ends after so many bytes of the reply, its length prefix counted: 0 loses it whole. */
  cutReply(match: Match, bytes = 0, times = 1): Fault {
    return this.#reply(`cut after ${bytes} bytes`, match, { cutAfter: bytes }, times);
  }

  /** Requests are carried out, and nothing is said, not to pings either, until it is lifted: then all that was held. */
  silent(whose: Whose = 'all'): Fault {
    const silence = { whose, entry: new Entry(`silent: ${whose}`, () => this.#letGo(this.#silences, silence)) };
    this.#silences.add(silence);
    return this.#add(silence.entry);
  }

  /** New connections are closed at once. */
  refuse(): Fault {
    return this.#door('refuse');
  }

  /** New connections are accepted and never answered. */
  hang(): Fault {
    return this.#door('hang');
  }

  /**
   * What a follower does that is cut off from its leader: reads and pings are answered from the tree as it is now,
   * without an end of sessions; greetings and writes, and all that follows them on their connection, wait. Meanwhile for
   * everybody else the sessions go on ageing. Lifted, the writes happen and missed events arrive.
   */
  lagReads(whose: Whose = 'all'): Fault {
    let lift = () => undefined as void;
    const entry: Entry = new Entry(`lag: ${whose}`, () => lift());
    lift = this.#subject.lag(
      (session) => whose === 'all' || whose === session,
      () => entry.fire(),
    );
    return this.#add(entry);
  }

  /** The next sequential child of the path gets this number: 2147483647 is the last there is. */
  jumpSequence(path: string, next: number): Fault {
    const entry = this.#add(new Entry(`jump ${path} to ${next}`));
    if (this.#subject.jump(path, next)) entry.fire();
    return entry;
  }

  /** Whatever the ACL says, nobody may do anything with this znode. Fires at once. */
  denyAcl(path: string): Fault {
    this.#subject.deny(path, true);
    const entry = this.#add(new Entry(`deny ${path}`, () => this.#subject.deny(path, false)));
    entry.fire();
    return entry;
  }

  /** Asked by the shell: what becomes of this reply, if anything is to. */
  fateOf(opcode: number, error: number, session: bigint): Fate | undefined {
    if (this.#replies.size === 0) return undefined;
    const reply = { opcode, op: nameOf(opcode), error, session };
    const fault = [...this.#replies].find(({ match }) => match(reply));
    if (!fault) return undefined;
    fault.entry.fire();
    fault.left--;
    if (fault.left <= 0) this.#replies.delete(fault);
    return fault.fate;
  }

  /** Asked by the shell: may anything be said to this session? */
  isSilent(session: bigint | undefined): boolean {
    for (const { entry, whose } of this.#silences) {
      if (whose !== 'all' && whose !== session) continue;
      entry.fire();
      return true;
    }
    return false;
  }

  /** Asked by the shell: what becomes of a new connection. */
  atTheDoor(): Door | undefined {
    const [first] = this.#doors;
    first?.entry.fire();
    return first?.door;
  }

  #reply(what: string, match: Match, fate: Fate, times: number): Entry {
    checkTogether(times >= 1, 'times', times, 'must be at least 1');
    const name = `${what}: ${typeof match === 'function' ? 'some reply' : match}`;
    const fault: ReplyFault = {
      entry: new Entry(name, () => this.#letGo(this.#replies, fault)),
      match: matcher(match),
      fate,
      left: times,
    };
    this.#replies.add(fault);
    return this.#add(fault.entry);
  }

  #door(door: Door): Fault {
    const fault: { entry: Entry; door: Door } = { door, entry: new Entry(door, () => this.#doors.delete(fault)) };
    this.#doors.add(fault);
    return this.#add(fault.entry);
  }

  #letGo<F>(from: Set<F>, fault: F): void {
    from.delete(fault);
    this.#subject.flush();
  }

  #add(entry: Entry): Entry {
    this.#plan.push(entry);
    return entry;
  }
}

function matcher(match: Match): (reply: ReplyInfo) => boolean {
  if (typeof match === 'function') return match;
  const wanted = typeof match === 'number' ? match : OpCode[match];
  return ({ opcode }) => opcode === wanted;
}
