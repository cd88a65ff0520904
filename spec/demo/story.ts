/** The acts of the demo: what is done, what came of it, and how long nobody led. */
import { firstValueFrom, takeUntil, timer, toArray } from 'rxjs';
import { table } from '../../lib/cli/output.js';
import { beliefsOf, overlapsIn } from './beliefs.js';
import type { Cast } from './cast.js';
import type { LineView } from './line-view.js';
import type { Screen } from './screen.js';

interface Gap {
  readonly what: string;
  readonly from: string;
  readonly to: string;
  readonly ms: number;
}

const ids = ['ada', 'ben', 'cleo'] as const;
const [ada, ben, cleo] = ids;

export class Story {
  readonly #screen: Screen;
  readonly #cast: Cast;
  readonly #view: LineView;
  readonly #gaps: Gap[] = [];
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
    this.#view.begin();
    for (const id of ids) await this.#cast.enter(id);
    await this.#view.end([ada, ben, cleo]);
  }

  async #resignation(): Promise<void> {
    await this.#act(1, `${ada} resigns`, 'It stops its work, says goodbye and goes to the end of the line.');
    this.#view.begin();
    const asked = this.#cast.tell(ada, 'resign');
    const next = await this.#successor(asked);
    const { until } = await this.#cast.next(ada, 'belief', ({ leads }) => !leads, { after: asked });
    await this.#view.end([ben, cleo, ada]);
    this.#gap({ what: 'resigned', from: ada, to: next.id, ms: next.at - until }, 'After a goodbye nobody has to wait.');
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
    this.#gap(
      { what: 'killed', from: ben, to: next.id, ms: next.at - killed },
      'That is its session timeout and its lease.',
    );
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
    this.#gap({ what: 'paused', from: cleo, to: next.id, ms: next.at - paused });
    this.#view.begin();
    const woken = this.#cast.signal(cleo, 'SIGCONT');
    const { pausedMs, leads } = await this.#cast.next(cleo, 'woke', undefined, { after: woken });
    await this.#view.end([ada, cleo]);
    const said = leads ? 'yes, and that is wrong' : 'no';
    this.#say(`${cleo} slept for ${span(pausedMs)}. The first thing its isLeader() said was ${said}; it stands again.`);
  }

  async #successor(after: number): Promise<{ id: string; at: number }> {
    const next = await this.#cast.nextLeader(after);
    this.#view.filled();
    return next;
  }

  async #act(number: number, title: string, explanation: string): Promise<void> {
    const { tell, paint, breath } = this.#screen;
    await breath();
    tell('', paint('bold', `${number}. ${title}`), `   ${explanation}`);
  }

  #gap(gap: Gap, why = ''): void {
    this.#gaps.push(gap);
    this.#say(`${this.#screen.paint('green', `${gap.to} leads after ${span(gap.ms)}.`)} ${why}`.trimEnd());
  }

  #say(sentence: string): void {
    this.#screen.tell('', `   ${sentence}`);
  }

  async #summary(): Promise<number> {
    const { tell, paint } = this.#screen;
    const heard = await firstValueFrom(this.#cast.heard$.pipe(takeUntil(timer(0)), toArray()));
    const overlaps = overlapsIn(beliefsOf(heard, this.#killedAt));
    const rows = this.#gaps.map(({ what, from, to, ms }) => [`${from} ${what}`, to, span(ms)]);
    const [head = '', ...lines] = table(['WHAT HAPPENED', 'WHO LED NEXT', 'NOBODY LED FOR'], rows);
    tell('', paint('bold', 'Summary'), '', ...[paint('dim', head), ...lines].map((line) => `   ${line}`), '');
    const verdict =
      overlaps.length === 0
        ? 'At no instant did two of them say they lead'
        : 'Two of them said they lead at one instant';
    tell(`   ${paint(overlaps.length === 0 ? 'green' : 'red', verdict)} (each was asked every millisecond).`, '');
    return overlaps.length === 0 ? 0 : 1;
  }
}

const span = (ms: number) => (ms < 1000 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(2)} s`);
