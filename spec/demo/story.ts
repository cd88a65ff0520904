/** The acts of the demo: what is done, what came of it, and how long nobody led. */
import { setTimeout as pause } from 'node:timers/promises';
import { firstValueFrom, takeUntil, timer, toArray } from 'rxjs';
import { table } from '../../lib/cli/output.js';
import { beliefsOf, overlapsIn } from './beliefs.js';
import type { Cast, Crowned } from './cast.js';
import type { LineView } from './line-view.js';
import { now } from './reports.js';
import type { Screen } from './screen.js';
import { timeline } from './timeline.js';

/** What happened, who led next, and for how long nobody did. */
interface Turn extends Crowned {
  readonly what: string;
  readonly gapMs: number;
}

/** Between two acts, in ms: to look, and for each to have led. */
const MOMENT_MS = 1_000;

const ids = ['ada', 'ben', 'cleo'] as const;
const [ada, ben, cleo] = ids;

export class Story {
  readonly #screen: Screen;
  readonly #cast: Cast;
  readonly #view: LineView;
  readonly #turns: Turn[] = [];
  readonly #killedAt = new Map<string, number>();

  constructor(screen: Screen, cast: Cast, view: LineView) {
    this.#screen = screen;
    this.#cast = cast;
    this.#view = view;
  }

  /** From the first candidate to the summary. Resolves with the exit code. */
  async play(): Promise<number> {
    await this.#enter();
    await this.#resignation();
    await this.#kill();
    await this.#pause();
    return this.#summary();
  }

  async #enter(): Promise<void> {
    const opened = now();
    this.#view.begin();
    for (const id of ids) await this.#cast.enter(id);
    const first = await this.#cast.nextLeader(0);
    await this.#view.end([ada, ben, cleo]);
    this.#turn({ what: `${ada} stood first`, gapMs: first.at - opened, ...first }, 'Its process had to start.');
  }

  async #resignation(): Promise<void> {
    await this.#act(1, `${ada} resigns`, 'It stops its work, says goodbye and goes to the end of the line.');
    this.#view.begin();
    const asked = this.#cast.tell(ada, 'resign');
    const next = await this.#successor(asked);
    const { until } = await this.#cast.next(ada, 'belief', ({ leads }) => !leads, { after: asked });
    await this.#view.end([ben, cleo, ada]);
    this.#turn({ what: `${ada} resigned`, gapMs: next.at - until, ...next }, 'After a goodbye nobody has to wait.');
  }

  async #kill(): Promise<void> {
    await this.#act(
      2,
      `${ben} is killed with SIGKILL`,
      'It cannot say goodbye: its session has to end, and then its lease.',
    );
    const killed = this.#cast.signal(ben, 'SIGKILL');
    this.#killedAt.set(ben, killed);
    this.#view.begin(killed);
    const next = await this.#successor(killed);
    await this.#view.end([cleo, ada]);
    this.#turn({ what: `${ben} was killed`, gapMs: next.at - killed, ...next }, 'Its session timeout, and its lease.');
  }

  async #pause(): Promise<void> {
    await this.#act(
      3,
      `${cleo} is paused with SIGSTOP`,
      'It cannot know that the world goes on. Once another leads, it is woken.',
    );
    const paused = this.#cast.signal(cleo, 'SIGSTOP');
    this.#view.begin(paused);
    const next = await this.#successor(paused);
    await this.#view.end([ada]);
    this.#turn({ what: `${cleo} was paused`, gapMs: next.at - paused, ...next });
    this.#view.begin();
    const woken = this.#cast.signal(cleo, 'SIGCONT');
    const { pausedMs, leads } = await this.#cast.next(cleo, 'woke', undefined, { after: woken });
    await this.#view.end([ada, cleo]);
    const said = leads ? 'yes, and that is wrong' : 'no';
    this.#say(`${cleo} slept for ${span(pausedMs)}. The first thing its isLeader() said was ${said}; it stands again.`);
  }

  async #successor(after: number): Promise<Crowned> {
    const next = await this.#cast.nextLeader(after);
    this.#view.filled();
    return next;
  }

  async #act(number: number, title: string, explanation: string): Promise<void> {
    const { tell, paint } = this.#screen;
    await pause(MOMENT_MS);
    tell('', paint('bold', `${number}. ${title}`), `   ${explanation}`);
  }

  #turn(turn: Turn, why = ''): void {
    this.#turns.push(turn);
    this.#say(`${this.#screen.paint('green', `${turn.id} leads after ${span(turn.gapMs)}.`)} ${why}`.trimEnd());
  }

  #say(sentence: string): void {
    this.#screen.tell('', `   ${sentence}`);
  }

  async #summary(): Promise<number> {
    const { tell, paint } = this.#screen;
    const heard = await firstValueFrom(this.#cast.heard$.pipe(takeUntil(timer(0)), toArray()));
    const beliefs = beliefsOf(heard, this.#killedAt);
    const overlaps = overlapsIn(beliefs);
    const rows = this.#turns.map(({ what, id, token, gapMs }) => [what, id, token, span(gapMs)]);
    const [head = '', ...lines] = table(['WHAT HAPPENED', 'WHO LED NEXT', 'TOKEN', 'NOBODY LED FOR'], rows);
    const picture = timeline(beliefs, ids, now()).map((row) => row.replace(/█+/g, (led) => paint('green', led)));
    const body = [paint('dim', head), ...lines, '', ...picture];
    tell('', paint('bold', 'Summary'), '', ...body.map((line) => (line ? `   ${line}` : line)), '');
    const verdict =
      overlaps.length === 0
        ? 'At no instant did two of them say they lead'
        : 'Two of them said they lead at one instant';
    tell(`   ${paint(overlaps.length === 0 ? 'green' : 'red', verdict)} (each was asked every millisecond).`, '');
    return overlaps.length === 0 ? 0 : 1;
  }
}

const span = (ms: number) => (ms < 1000 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(2)} s`);
