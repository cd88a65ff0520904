import type { Member, Stage } from './stage.js';

/** Two participants: the first leads, the second follows. */
export async function pair(stage: Stage, suffix = ''): Promise<[Member, Member]> {
  const a = await stage.join(`a${suffix}`);
  await stage.leads(a);
  return [a, await stage.join(`b${suffix}`)];
}

/** Work that goes on after it was told to stop, until the spec ends it. */
export function held(log: string[]) {
  let finish: (() => void) | undefined;
  return {
    run: ({ signal }: { signal: AbortSignal }) => {
      log.push('start');
      signal.addEventListener('abort', () => log.push('told'));
      return new Promise<void>((resolve) => {
        finish = () => {
          log.push('end');
          resolve();
        };
      });
    },
    running: () => finish !== undefined,
    end: () => finish?.(),
  };
}

/** Until the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
}
