/** Plays a case against a server and writes down what was answered. */
import { createConnection } from 'node:net';
import { int, text } from '../support/bare-client.js';
import { until } from '../support/until.js';
import { Arguments, bodies, type Case, multiBody, setWatchesBody, wordsIn } from './language.js';
import { Body, errorName, type Frame, pathIn, tellingOf, zxidIn } from './told.js';
import { eventTypes, opcodes } from './vocabulary.js';
import { type Event, type Reply, Wire } from './wire.js';

/** A server under test. */
export interface World {
  readonly connect: string;
  /** Gives the next sequential child of a path this number; connections do not survive it. */
  jump(path: string, next: number): Promise<void>;
}

let cases = 0;

/** The case's text with the answers of this server. */
export async function play({ notes, title, commands }: Case, world: World): Promise<string> {
  await using stage = await Stage.open(world);
  const lines = [...notes, `# ${title}`];
  for (const command of commands) {
    lines.push(command);
    for (const answer of await stage.perform(command)) lines.push(...answer.split('\n').map((line) => `  ${line}`));
  }
  return `${lines.join('\n')}\n`;
}

class Stage implements AsyncDisposable, Frame {
  readonly prefix: string;
  zxid = 0n;
  readonly #world: World;
  readonly #clients = new Map<string, Wire>();
  readonly #names = new Map<bigint, string>();
  /** The last zxid each client has seen. */
  readonly #seen = new Map<string, bigint>();

  static async open(world: World): Promise<Stage> {
    const stage = new Stage(world);
    const wire = await Wire.open(world.connect);
    const anybody = Buffer.concat([int(1), int(31), text('world'), text('anyone')]);
    await wire.request(opcodes.create, Buffer.concat([text(stage.prefix), text(''), anybody, int(0)]));
    await wire.end();
    await stage.#begin();
    return stage;
  }

  constructor(world: World) {
    this.#world = world;
    this.prefix = `/case${process.pid}-${++cases}`;
  }

  /** Zxids count from what a first, fleeting session sees. */
  async #begin(): Promise<void> {
    const wire = await Wire.open(this.#world.connect);
    this.zxid = (await wire.request(opcodes.closeSession))?.zxid ?? 0n;
    await wire.end();
  }

  nameOf(session: bigint): string | undefined {
    return this.#names.get(session);
  }

  async perform(command: string): Promise<string[]> {
    const [who = '', verb = '', ...words] = wordsIn(command);
    if (who === 'jump') {
      await this.#world.jump(this.prefix + verb.replace(/^\/$/, ''), Number(words[0]));
      await this.#begin();
      return [];
    }
    const known = verbs[verb];
    if (known) return known(this, who, words);
    return this.#request(who, verb, words);
  }

  /** Sends a request; events that came before its reply are told before it, and those that came behind it are not. */
  async #request(who: string, verb: string, words: readonly string[]): Promise<string[]> {
    const client = await this.client(who);
    const args = new Arguments(words, this.prefix);
    const reply = await client.request(codeOf(verb, words), this.#bodyOf(who, verb, words, args));
    return this.told(who, verb, reply);
  }

  #bodyOf(who: string, verb: string, words: readonly string[], args: Arguments): Buffer {
    if (verb === 'multi' || verb === 'multiRead') return multiBody(words, this.prefix);
    if (verb === 'raw') return Buffer.from(words[1] ?? '', 'hex');
    if (verb === 'auth') return Buffer.concat([int(0), text(words[0] ?? ''), text(words[1] ?? '')]);
    const since = this.zxid + BigInt(args.number('since', Number((this.#seen.get(who) ?? this.zxid) - this.zxid)));
    if (verb === 'setWatches' || verb === 'setWatches2') return setWatchesBody(args, since, verb === 'setWatches2');
    return (bodies[verb] as (args: Arguments) => Buffer)(args);
  }

  told(who: string, verb: string, reply: Reply | undefined): string[] {
    if (!reply) return [...this.events(who), 'closed'];
    if (reply.zxid > 0n) this.#seen.set(who, reply.zxid);
    const held = reply.error === 0 && reply.body.length > 0 ? tellingOf(verb)(new Body(reply.body, this)) : '';
    const special = reply.xid < 0 ? ` xid=${reply.xid}` : '';
    return [
      ...reply.heard.map((event) => this.event(event)),
      `${errorName(reply.error)}${special} @${zxidIn(reply.zxid, this)} ${held}`.replace(/ +(?=\n|$)/, ''),
    ];
  }

  /** What has come, unasked. */
  events(who: string): string[] {
    return (this.#clients.get(who)?.events.splice(0) ?? []).map((event) => this.event(event));
  }

  event({ type, path }: Event): string {
    return `! ${eventTypes[type] ?? type} ${pathIn(path, this)}`;
  }

  /** Connects the first time it is named. */
  async client(who: string): Promise<Wire> {
    return this.#clients.get(who) ?? this.add(who, await Wire.open(this.#world.connect));
  }

  add(who: string, wire: Wire): Wire {
    this.#clients.set(who, wire);
    if (wire.session !== 0n && !this.#names.has(wire.session)) this.#names.set(wire.session, who);
    return wire;
  }

  get world(): World {
    return this.#world;
  }

  seen(who: string): bigint {
    return this.#seen.get(who) ?? 0n;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const wire of this.#clients.values()) await wire.end();
  }
}

const codeOf = (verb: string, words: readonly string[]): number =>
  verb === 'raw' ? Number(words[0]) : opcodes[verb as keyof typeof opcodes];

type Verb = (stage: Stage, who: string, words: readonly string[]) => Promise<string[]>;

const greeted = ({ session, timeoutMs }: Wire): string[] =>
  session === 0n ? [timeoutMs === 0 ? 'no session' : 'no session, but a time'] : [`session for ${timeoutMs} ms`];

/** What is no request. */
const verbs: Record<string, Verb> = {
  /** `b connect timeoutMs=500 ahead=3`: ahead of the server by so many zxids. */
  async connect(stage, who, words) {
    const args = new Arguments(words, '');
    const lastZxid = args.word('ahead') ? stage.zxid + 1_000_000n : 0n;
    const greeting = { timeoutMs: args.number('timeoutMs', 30_000), lastZxid, old: args.has('old') };
    const wire = stage.add(who, await Wire.open(stage.world.connect, greeting));
    return wire.closed && wire.session === 0n ? ['closed'] : greeted(wire);
  },

  /** `b resume a`: with the id and password of a; `wrong` with another password. */
  async resume(stage, who, [whose = '', ...words]) {
    const { session, password } = await stage.client(whose);
    const args = new Arguments(words, '');
    const shown = args.has('wrong') ? Buffer.alloc(16, 7) : password;
    const greeting = { session, password: shown, timeoutMs: args.number('timeoutMs', 30_000) };
    return greeted(stage.add(who, await Wire.open(stage.world.connect, greeting)));
  },

  /** Loses the connection; the session stays. */
  async drop(stage, who) {
    const wire = await stage.client(who);
    wire.socket.destroy();
    await until(() => wire.closed);
    return [];
  },

  /** Waits for the next event. */
  async wait(stage, who) {
    const wire = await stage.client(who);
    const event = await until(() => wire.events.shift(), { describe: `an event for ${who}`, every: 1 });
    return [stage.event(event)];
  },

  /** Waits for so many events, told in no order. */
  async hear(stage, who, [count]) {
    const wire = await stage.client(who);
    await until(() => wire.events.length >= Number(count), { describe: `${count} events for ${who}`, every: 1 });
    return stage.events(who).sort();
  },

  /** Waits until the server has hung up. */
  async closed(stage, who) {
    const wire = await stage.client(who);
    await until(() => wire.closed, { describe: `the end of ${who}'s connection`, every: 1 });
    return [...stage.events(who), 'closed'];
  },

  /** Sends bytes as they are, behind the greeting. */
  async bytes(stage, who, [hex = '']) {
    (await stage.client(who)).socket.write(Buffer.from(hex, 'hex'));
    return [];
  },

  /** Opens a connection and sends bytes instead of a greeting. */
  async opens(stage, _, [hex = '']) {
    return [await answerTo(stage.world.connect, Buffer.from(hex, 'hex'))];
  },

  async word(stage, _, [word = '']) {
    return [await answerTo(stage.world.connect, Buffer.from(word))];
  },
};

/** What the server says until it hangs up. */
function answerTo(server: string, bytes: Buffer): Promise<string> {
  const colon = server.lastIndexOf(':');
  return new Promise((resolve) => {
    let answer = '';
    const socket = createConnection(Number(server.slice(colon + 1)), server.slice(0, colon), () => socket.write(bytes));
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(answer === '' ? 'closed' : `${JSON.stringify(answer)}, closed`));
  });
}
