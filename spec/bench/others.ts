import { ClientFloor } from './client-floor.js';
import { Floor } from './floor.js';
import { type Line, Population } from './population.js';

/** Elections of three candidates each, one of each kind. */
const kinds = [
  (server: string, path: string): Promise<Line> => Floor.join(server, `${path}-floor`, 3, 3),
  (server: string, path: string): Promise<Line> => ClientFloor.join(server, `${path}-client`, 3, 3),
  (server: string, path: string): Promise<Line> => Population.join(server, `${path}-ours`, 3, 3),
];

/** Elections that hand over while another is waited for, so that it finds a processor that is awake and code that is warm. */
export class Others implements AsyncDisposable {
  static async of(server: string, path: string): Promise<Others> {
    return new Others(await Promise.all(kinds.map((kind) => kind(server, path))));
  }

  private constructor(readonly lines: readonly Line[]) {}

  /** Each hands over in turn until the promise has settled. */
  async until(settled: Promise<unknown>): Promise<void> {
    let waiting = true;
    const done = settled.finally(() => {
      waiting = false;
    });
    while (waiting) for (const line of this.lines) await line.handOver();
    await done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const line of this.lines) await line[Symbol.asyncDispose]();
  }
}

/** Hand-overs one right after another, in ms. */
export async function times(count: number, line: Line): Promise<number[]> {
  const took: number[] = [];
  while (took.length < count) took.push(await line.handOver());
  return took;
}
