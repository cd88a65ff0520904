/** Full jitter: between nothing and a bound that doubles, so that a restarted ensemble is not met by everybody at once. */
export function backOff(failures: number, options: { retryMinMs: number; retryMaxMs: number }): number {
  return Math.random() * Math.min(options.retryMaxMs, options.retryMinMs * 2 ** Math.min(failures, 20));
}
