/** A server cut off from the others: it answers reads from what it knew, and keeps writes until it is back. */
import { intAt } from './jute.js';
import type { Link } from './link.js';
import { OpCode } from './opcodes.js';
import { isWrite } from './requests/index.js';
import { outlived } from './sessions.js';
import { copyOf, type State } from './state.js';
import { type Input, type Output, step } from './step.js';
import { Mode, type Rewatch, type WatchTable } from './watches.js';

export class Lag {
  readonly #frozen: State;
  readonly #covers: (link: Link) => boolean;
  readonly #fired: () => void;
  /** Requests that wait, by connection: a write, and all behind it. */
  readonly #held = new Map<number, Uint8Array[]>();
  /** Credentials shown here, by connection. */
  readonly #shown = new Map<number, Uint8Array[]>();
  /** What has happened among the others, and is not known here yet. */
  readonly #log: Input[] = [];
  /** Connections that the others consider closed. */
  readonly #doomed = new Set<number>();

  constructor(state: State, covers: (link: Link) => boolean, fired: () => void) {
    this.#frozen = copyOf(state);
    this.#covers = covers;
    this.#fired = fired;
  }

  covers(link: Link): boolean {
    return this.#covers(link);
  }

  /** What is answered at once; nothing if the request has to wait. */
  answer(link: Link, frame: Uint8Array, at: number): Output[] {
    this.#fired();
    const held = this.#held.get(link.id);
    if (held || isHeld(link, frame)) {
      this.#held.set(link.id, [...(held ?? []), frame]);
      return [];
    }
    if (opcodeOf(frame) === OpCode.auth) this.#shown.set(link.id, [...this.credentialsOf(link), frame]);
    return step(this.#frozen, { kind: 'request', at, connection: link.id, frame });
  }

  /**
   * Something is about to happen among the others. Which sessions end by a tick is for them to say: here those that are
   * heard of live longer.
   */
  note(others: State, input: Input): void {
    if (input.kind === 'blind' || input.kind === 'rewatch') return;
    if (input.kind === 'tick')
      for (const { id } of outlived({ ...others, now: Math.max(others.now, input.at) }))
        this.#log.push({ kind: 'expire', at: input.at, session: id });
    this.#log.push(input);
  }

  /** Everything happens here too, in order. Returns what connections hear of it. */
  catchUp(): Output[] {
    const outputs = this.#log.splice(0).flatMap((input) => step(this.#frozen, input));
    return outputs.filter(({ kind }) => kind === 'notify');
  }

  /** The others have something to say to a connection here: all it can be is that it is over. */
  doom(link: Link, output: Output): void {
    if (output.kind === 'close') this.#doomed.add(link.id);
  }

  isDoomed(link: Link): boolean {
    return this.#doomed.has(link.id);
  }

  heldFrom(link: Link): readonly Uint8Array[] {
    return this.#held.get(link.id) ?? [];
  }

  /** Who a connection has said it is, and was told that it is: to be known elsewhere. */
  credentialsOf(link: Link): readonly Uint8Array[] {
    return this.#shown.get(link.id) ?? [];
  }

  /** What a connection watches here, with the last change it could see: to be watched again elsewhere. */
  watchedBy({ id }: Link): Rewatch {
    const { dataWatches, childWatches, nodes, zxid } = this.#frozen;
    const of = (table: WatchTable, mode: Mode) =>
      [...(table.byConnection.get(id) ?? [])].filter((path) => table.byPath.get(path)?.get(id) === mode);
    const once = of(dataWatches, Mode.once);
    return {
      relativeZxid: zxid,
      data: once.filter((path) => nodes.has(path)),
      exists: once.filter((path) => !nodes.has(path)),
      children: of(childWatches, Mode.once),
      persistent: of(dataWatches, Mode.persistent),
      recursive: of(dataWatches, Mode.recursive),
    };
  }
}

/** A greeting makes or moves a session, which is a write too. */
function isHeld(link: Link, frame: Uint8Array): boolean {
  if (link.session === undefined) return true;
  return isWrite(opcodeOf(frame));
}

/** That of a frame too short for one is none. */
const opcodeOf = (frame: Uint8Array): number => (frame.length >= 8 ? intAt(frame, 4) : 0);
