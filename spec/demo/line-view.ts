/** The line of succession on the screen, as it changes: the same table as `succession candidates`. */
import {
  combineLatest,
  filter,
  firstValueFrom,
  type Observable,
  ReplaySubject,
  Subscription,
  timeout,
  timer,
} from 'rxjs';
import { lineTable } from '../../lib/cli/line.js';
import type { Participant } from '../../lib/election/election.js';
import { now } from './reports.js';
import type { Screen } from './screen.js';

type Line = readonly Participant[];

/** How often the ages and the length of a vacancy move on, in ms. */
const TICK_MS = 100;

export class LineView implements Disposable {
  readonly #screen: Screen;
  readonly #line$ = new ReplaySubject<Line>(1);
  readonly #kept: Subscription;
  #drawing = new Subscription();
  #vacantSince: number | undefined;

  constructor(screen: Screen, participants$: Observable<Line>) {
    this.#screen = screen;
    this.#kept = participants$.subscribe(this.#line$);
  }

  /** Shows the line from now on, and below it how long nobody has led. */
  begin(vacantSince?: number): void {
    this.#vacantSince = vacantSince;
    this.#drawing = combineLatest([this.#line$, timer(0, TICK_MS)]).subscribe(([line]) => this.#draw(line));
  }

  /** Somebody leads again. */
  filled(): void {
    this.#vacantSince = undefined;
  }

  /** Waits until the line is these ids with the first of them leading, and leaves it on the screen. */
  async end(ids: readonly string[], within = 10_000): Promise<void> {
    const line = await firstValueFrom(
      this.#line$.pipe(
        filter((line) => line[0]?.role === 'leader' && line.map(({ id }) => id).join() === ids.join()),
        timeout({ first: within }),
      ),
    );
    this.#drawing.unsubscribe();
    this.filled();
    this.#draw(line);
    this.#screen.settle();
  }

  #draw(line: Line): void {
    const [head = '', ...rows] = lineTable(line);
    const { paint } = this.#screen;
    const painted = rows.map((row, at) => (line[at]?.role === 'leader' ? paint('green', row) : row));
    const since = line[0]?.role === 'leader' ? undefined : this.#vacantSince;
    const vacancy = since === undefined ? [] : ['', paint('yellow', `nobody leads for ${seconds(now() - since)}`)];
    const key = line.map(({ id, role }) => `${id} ${role}`).join();
    this.#screen.show(['', paint('dim', head), ...painted, ...vacancy].map(indented), key);
  }

  [Symbol.dispose](): void {
    this.#drawing.unsubscribe();
    this.#kept.unsubscribe();
  }
}

const indented = (line: string) => (line ? `   ${line}` : line);

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
