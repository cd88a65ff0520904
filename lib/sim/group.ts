/** The nodes of a simulation, each with its clock and its disk, and the network between them. */
import type { NodeId, PeerEvent, Standing, View } from '../peers/machine.js';
import { Agenda } from './agenda.js';
import { type Judge, newJudge } from './judge.js';
import type { Counts, Setting } from './machines.js';
import type { Process, SendText, TextEffect } from './process.js';
import { between, type Random, seeded } from './random.js';

export interface SimulatedNode {
  readonly id: NodeId;
  readonly isMember: boolean;
  life: number;
  /** `undefined` while it is down. */
  process: Process | undefined;
  /** What anybody can know of it. What ends, ends before the effects of a step; what begins, begins after them. */
  view: View | undefined;
  clock: { readonly base: number; readonly since: number; readonly rate: number };
  /** By its clock, its last input. */
  lastAt: number;
  /** What it has saved. */
  disk: string | undefined;
  hasLostDisk: boolean;
  /** Counts its alarms: only the last one rings. */
  alarms: number;
  /** While it is paused: what waits for it. Its clock goes on. */
  piled: Happening[] | undefined;
  /** Dies at its next step that saves, after so many of its effects. */
  diesAfter: number | undefined;
  standing: Standing | undefined;
  now(): number;
}

type Happening =
  | { readonly type: 'input'; readonly to: SimulatedNode; readonly life: number; readonly event: PeerEvent<string> }
  | { readonly type: 'alarm'; readonly to: SimulatedNode; readonly alarm: number; readonly due: number }
  | { readonly type: 'delivery'; readonly to: SimulatedNode; readonly from: NodeId; readonly text: string }
  | { readonly type: 'act'; readonly act: () => void };

/** Starts a life of a node, from what is on its disk. */
export type Boot = (self: NodeId, as: 'member' | 'observer', disk: string | undefined) => Process;

/** More than this at one instant never ends. */
const MOST_AT_ONCE = 10_000;

export class Group {
  readonly random: Random;
  readonly judge: Judge;
  readonly counts: Counts = { events: 0, messages: 0, byType: {}, ticks: 0, crashes: 0 };
  readonly nodes: readonly SimulatedNode[];
  /** Which messages do not arrive, at present. */
  readonly cuts = new Set<(from: NodeId, to: NodeId) => boolean>();
  /** True time, in ms. */
  now = 0;
  /** No message is lost, repeated or slow any more. */
  isCalm = false;
  /** How many things have happened at this instant. */
  #standstill = 0;
  readonly #agenda = new Agenda<Happening>();
  readonly #setting: Setting;
  readonly #boot: Boot;

  constructor(setting: Setting, boot: Boot) {
    const { nodes, observers = [], standing = (node) => ({ weight: 1, order: nodes.indexOf(node) }) } = setting;
    this.#setting = setting;
    this.#boot = boot;
    this.random = seeded(setting.seed);
    this.nodes = [
      ...nodes.map((id) => this.#node(id, true, standing(id))),
      ...observers.map((id) => this.#node(id, false, undefined)),
    ];
    const { counts } = this;
    this.judge = newJudge(this.nodes, () => ({ atMs: this.now, messages: counts.messages, ticks: counts.ticks }));
    for (const node of this.nodes) this.start(node);
  }

  get members(): readonly SimulatedNode[] {
    return this.nodes.filter(({ isMember }) => isMember);
  }

  /** Lets something be done at its time. */
  at(at: number, act: () => void): void {
    this.#agenda.add(at, { type: 'act', act });
  }

  /** Lets the next thing happen; `false` if there is none before `endMs`. */
  goOn(endMs: number): boolean {
    const next = this.#agenda.next();
    this.#keepMoving(Math.min(next?.at ?? endMs, endMs));
    if (!next || next.at > endMs) return false;
    if (next.event.type === 'act') next.event.act();
    else if (next.event.to.piled) next.event.to.piled.push(next.event);
    else this.#happen(next.event);
    return true;
  }

  #keepMoving(now: number): void {
    this.#standstill = now === this.now ? this.#standstill + 1 : 0;
    if (this.#standstill > MOST_AT_ONCE) this.judge.complain('time goes on', 'an alarm rings at once, again and again');
    this.now = now;
  }

  /** The first life of a node, or the next one. */
  start(node: SimulatedNode): void {
    if (node.process) return;
    const { clockDrift, nodes, observers = [], tellsMembers } = this.#setting;
    const rate = 1 + clockDrift * Math.max(-1, Math.min(1, between(this.random, -2, 2)));
    node.life += 1;
    node.clock = { base: between(this.random, -1e6, 1e6), since: this.now, rate };
    Object.assign(node, { lastAt: node.now(), alarms: node.alarms + 1, diesAfter: undefined });
    node.process = this.#boot(node.id, node.isMember && !node.hasLostDisk ? 'member' : 'observer', node.disk);
    this.#trace(node, () => `boots with ${node.disk ?? 'nothing saved'}`);
    this.feed(node, { type: 'start' });
    if (tellsMembers) this.feed(node, { type: 'members', nodes: [...nodes, ...observers] });
    if (node.standing) this.feed(node, { type: 'stand', standing: node.standing });
  }

  /** Its memory is gone, and whatever it had not saved. */
  crash(node: SimulatedNode): void {
    if (!node.process) return;
    this.counts.crashes += 1;
    Object.assign(node, { process: undefined, view: undefined, piled: undefined });
    this.#trace(node, () => 'crashes');
    if (!node.isMember || node.hasLostDisk) this.judge.pardon(node.id);
  }

  /** Crashes it, and takes its disk: it is no member any more. */
  wipe(node: SimulatedNode): void {
    Object.assign(node, { disk: undefined, hasLostDisk: true, standing: undefined });
    this.crash(node);
    this.judge.pardon(node.id);
  }

  /** Whatever reaches it waits, and it waits for nothing itself. */
  pause(node: SimulatedNode): void {
    if (node.process) node.piled ??= [];
  }

  resume(node: SimulatedNode): void {
    for (const event of node.piled ?? []) this.#agenda.add(this.now, event);
    node.piled = undefined;
  }

  /** Tells a node something, unless it has died by then. */
  tell(node: SimulatedNode, event: PeerEvent<string>, inMs = 0): void {
    this.#agenda.add(this.now + inMs, { type: 'input', to: node, life: node.life, event });
  }

  /** One input, at once. */
  feed(node: SimulatedNode, event: PeerEvent<string>): void {
    if (!node.process) return;
    this.counts.events += 1;
    node.lastAt = Math.max(node.lastAt, node.now());
    const effects = node.process.feed(node.lastAt, this.random(), event);
    this.#trace(node, () => [describe(event), ...effects.map(describeEffect)].join('\n    '));
    const { view } = node.process;
    node.view = node.view && withoutWhatBegins(node.view, view);
    if (!this.#carryOut(node, effects)) return;
    node.view = view;
    this.judge.look(node);
  }

  #node(id: NodeId, isMember: boolean, standing: Standing | undefined): SimulatedNode {
    const clock = { base: 0, since: 0, rate: 1 };
    const node: SimulatedNode = {
      ...{ id, isMember, standing, clock, life: 0, lastAt: 0, alarms: 0, piled: undefined, hasLostDisk: false },
      ...{ process: undefined, view: undefined, disk: undefined, diesAfter: undefined },
      now: () => node.clock.base + (this.now - node.clock.since) * node.clock.rate,
    };
    return node;
  }

  #happen(event: Exclude<Happening, { readonly type: 'act' }>): void {
    const { to } = event;
    if (event.type === 'delivery') this.feed(to, { type: 'message', from: event.from, message: event.text });
    if (event.type === 'input' && event.life === to.life) this.feed(to, event.event);
    if (event.type !== 'alarm' || event.alarm !== to.alarms) return;
    this.counts.ticks += 1;
    to.lastAt = Math.max(to.lastAt, event.due);
    this.feed(to, { type: 'alarm' });
  }

  /** One after the other; `false` if the node died in between. */
  #carryOut(node: SimulatedNode, effects: readonly TextEffect[]): boolean {
    const dies = node.diesAfter !== undefined && effects.some(({ type }) => type === 'save');
    const done = effects.slice(0, dies ? node.diesAfter : effects.length);
    for (const effect of done) this.#do(node, effect);
    if (dies) this.crash(node);
    return !dies;
  }

  #do(node: SimulatedNode, effect: TextEffect): void {
    if (effect.type === 'save') node.disk = effect.record;
    if (effect.type === 'send') this.#send(node, effect);
    if (effect.type !== 'alarm') return;
    const { base, since, rate } = node.clock;
    node.alarms += 1;
    const at = Math.max(this.now, since + (effect.at - base) / rate);
    this.#agenda.add(at, { type: 'alarm', to: node, alarm: node.alarms, due: effect.at });
  }

  #send(from: SimulatedNode, { to: id, message: text, kind }: SendText): void {
    const to = this.nodes.find((node) => node.id === id);
    if (!to) throw new Error(`${from.id} sends to ${id}, which is no node of the simulation`);
    this.counts.messages += 1;
    this.counts.byType[kind] = (this.counts.byType[kind] ?? 0) + 1;
    const isLost = !to.process || [...this.cuts].some((cut) => cut(from.id, id));
    if (isLost && this.#setting.tellsLost) this.tell(from, { type: 'lost', node: id }, between(this.random, 0, 50));
    if (isLost) return;
    const { loss, duplication } = this.#setting.network;
    if (this.isCalm || this.random() >= loss) this.#deliver(from, to, text);
    if (!this.isCalm && this.random() < duplication) this.#deliver(from, to, text);
  }

  #deliver({ id: from }: SimulatedNode, to: SimulatedNode, text: string): void {
    const { delayMs, slow, slowMs } = this.#setting.network;
    const isSlow = !this.isCalm && this.random() < slow;
    const inMs = isSlow ? between(this.random, delayMs[0], slowMs) : between(this.random, ...delayMs);
    this.#agenda.add(this.now + inMs, { type: 'delivery', to, from, text });
  }

  #trace({ id }: SimulatedNode, what: () => string): void {
    this.#setting.trace?.(`${this.now.toFixed(3)} ${id} ${what()}`);
  }
}

/** The view before a step, less what the step ends. */
function withoutWhatBegins(before: View, after: View): View {
  const goesOn = before.leading && before.leading.token === after.leading?.token;
  return goesOn ? before : { ...before, leading: undefined };
}

function describe(event: PeerEvent<string>): string {
  if (event.type === 'message') return `← ${event.from} ${event.message}`;
  return JSON.stringify(event);
}

function describeEffect(effect: TextEffect): string {
  if (effect.type === 'send') return `to ${effect.to} ${effect.message}`;
  return effect.type === 'save' ? `save ${effect.record}` : `alarm at ${effect.at}`;
}
