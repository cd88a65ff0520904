/**
 * Plays a transcript: lines of input, and below each of them, indented, what the nodes did. Time is one clock for all.
 *
 * group a b c [observer w]   makes the nodes, and starts those that vote and watch
 * at 1500                    lets time pass; nobody is called for it
 * chance 0.5                 what the next inputs draw
 * a stands 2 | withdraws     with weight 2, or no more
 * a rings                    its alarm, when it is due
 * a gives up [b]             its work has ended; b should come next
 * deliver [a b]              every message, and what follows from it; or those on the way from a to b
 * lose [a] [b]               every message on its way, those from a, those from a to b
 * crash a | restart a        with the disk
 */
import type { Effect, NodeId, PeerEvent, View } from '../../../lib/peers/machine.js';
import type { RaftMachine } from '../../../lib/peers/raft/machine.js';
import type { RaftMessage } from '../../../lib/peers/raft/messages.js';
import type { RaftRecord, RaftState } from '../../../lib/peers/raft/state.js';
import type { RaftParts } from '../../sim/raft.js';

interface Actor {
  readonly machine: RaftMachine;
  /** `undefined` while it is down. */
  state: RaftState | undefined;
  disk: RaftRecord | undefined;
  alarmAt: number;
}

interface Letter {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly message: RaftMessage;
}

/** The transcript of the same input lines, played by these machines. */
export function play(script: string, parts: RaftParts): string {
  const stage = new Stage(parts);
  const lines = script.split('\n').filter((line) => !line.startsWith(' ') && line !== '');
  return `${lines.flatMap((line) => [line, ...stage.perform(line).map((told) => `    ${told}`)]).join('\n')}\n`;
}

class Stage {
  readonly #parts: RaftParts;
  readonly #actors = new Map<NodeId, Actor>();
  #letters: Letter[] = [];
  #at = 0;
  #random = 0.5;
  #told: string[] = [];

  constructor(parts: RaftParts) {
    this.#parts = parts;
  }

  perform(line: string): readonly string[] {
    this.#told = [];
    const [verb = '', ...words] = line.split(' ');
    const perform = this.#verbs[verb];
    if (perform) perform(words);
    else if (verb !== '#') this.#feed(verb, this.#eventOf(verb, words));
    return this.#told;
  }

  readonly #verbs: Readonly<Record<string, (words: readonly string[]) => void>> = {
    group: (words) => this.#open(words),
    at: ([time]) => {
      this.#at = Number(time);
    },
    chance: ([chance]) => {
      this.#random = Number(chance);
    },
    deliver: (words) => this.#deliver(words),
    lose: (words) => {
      this.#letters = this.#letters.filter((letter) => !isOnWay(letter, words));
    },
    crash: ([id = '']) => {
      this.#actor(id).state = undefined;
    },
    restart: ([id = '']) => this.#start(id),
  };

  #eventOf(id: NodeId, [verb, ...words]: readonly string[]): PeerEvent<RaftMessage> {
    if (verb === 'stands') return { type: 'stand', standing: { weight: Number(words[0] ?? 1), order: 0 } };
    if (verb === 'withdraws') return { type: 'stand', standing: undefined };
    if (verb === 'gives') return words[1] ? { type: 'release', to: words[1] } : { type: 'release' };
    if (verb !== 'rings') throw new Error(`${id} ${verb}: is no line of a transcript`);
    this.#at = Math.max(this.#at, this.#actor(id).alarmAt);
    this.#told.push(`at ${this.#at}`);
    return { type: 'alarm' };
  }

  #open(words: readonly string[]): void {
    const [voters = '', observers = ''] = words.join(' ').split(/ ?observer /);
    const group = { voters: voters.split(' '), observers: observers.split(' ').filter((id) => id !== '') };
    for (const self of [...group.voters, ...group.observers]) {
      const options = { self, ...group, electionTimeoutMs: 1_000, heartbeatMs: 100, clockDrift: 0.05 };
      const machine = this.#parts.machine(this.#parts.resolve(options));
      this.#actors.set(self, { machine, state: undefined, disk: undefined, alarmAt: Number.POSITIVE_INFINITY });
      this.#start(self);
    }
  }

  #start(id: NodeId): void {
    const actor = this.#actor(id);
    actor.state = actor.machine.init(actor.disk);
    this.#feed(id, { type: 'start' });
  }

  #deliver(words: readonly string[]): void {
    for (;;) {
      const next = this.#letters.findIndex((letter) => isOnWay(letter, words));
      const [letter] = next < 0 ? [] : this.#letters.splice(next, 1);
      if (!letter) return;
      this.#told.push(`${letter.from} → ${letter.to} ${toText(letter.message)}`);
      this.#feed(letter.to, { type: 'message', from: letter.from, message: letter.message }, '  ');
    }
  }

  #feed(id: NodeId, event: PeerEvent<RaftMessage>, indent = ''): void {
    const actor = this.#actor(id);
    if (!actor.state) return;
    const before = describe(actor.machine.view(actor.state));
    const [state, effects] = actor.machine.step(actor.state, { at: this.#at, random: this.#random, event });
    actor.state = state;
    const after = describe(actor.machine.view(state));
    if (after !== before) this.#told.push(`${indent}${id}: ${after}`);
    for (const effect of effects) this.#told.push(...this.#carryOut(id, actor, effect).map((told) => indent + told));
  }

  #carryOut(id: NodeId, actor: Actor, effect: Effect<RaftMessage, RaftRecord>): readonly string[] {
    if (effect.type === 'save') actor.disk = effect.record;
    if (effect.type === 'alarm') actor.alarmAt = effect.at;
    if (effect.type === 'send') this.#letters.push({ from: id, to: effect.to, message: effect.message });
    if (effect.type === 'save') return [`${id} saves term ${effect.record.term}, vote ${effect.record.votedFor}`];
    return effect.type === 'alarm'
      ? [`${id} waits until ${effect.at}`]
      : [`${id} to ${effect.to}: ${effect.message.type}`];
  }

  #actor(id: NodeId): Actor {
    const actor = this.#actors.get(id);
    if (!actor) throw new Error(`${id} is no node`);
    return actor;
  }
}

function isOnWay({ from, to }: Letter, [a, b]: readonly string[]): boolean {
  return (a === undefined || a === from) && (b === undefined || b === to);
}

function toText({ type, ...fields }: RaftMessage): string {
  return [type, ...Object.entries(fields).map(([field, value]) => `${field}=${JSON.stringify(value)}`)].join(' ');
}

function describe({ term, leader, leading }: View): string {
  if (leading) return `term ${term}, leads until ${leading.until}`;
  return `term ${term}, ${leader === undefined ? 'knows no leader' : `follows ${leader}`}`;
}
