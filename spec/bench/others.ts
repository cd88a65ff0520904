import type { Line } from './population.js';

/** Elections that hand over while another is waited for, so that it finds a processor that is awake and code that is warm. */
export class Others implements AsyncDisposable {
  readonly lines: Line[] = [];

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
