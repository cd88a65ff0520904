interface Bounds {
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
  readonly random?: () => number;
}

/** Full jitter: between nothing and a bound that doubles, so that a restarted ensemble is not met by everybody at once. */
export function backOff(failures: number, { random = Math.random, retryMinMs, retryMaxMs }: Bounds): number {
  return random() * Math.min(retryMaxMs, retryMinMs * 2 ** Math.min(failures, 20));
}
