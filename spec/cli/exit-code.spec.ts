import { describe, expect, it } from 'vitest';
import { codeOf, codeOfSignal, InterruptedError, UnreachableError } from '../../lib/cli/exit-code.js';
import { hintFor } from '../../lib/cli/hints.js';
import * as errors from '../../lib/errors.js';

describe('the exit code', () => {
  it.each([
    [new Error('anything else'), 1],
    [new errors.AccessDeniedError('/a', 'create'), 1],
    [new errors.UnsupportedError('not with a foreign leader'), 1],
    [new errors.InvalidOptionError('timeout', 'x', 'must be a duration'), 2],
    [new errors.NoLeaderError('orders'), 3],
    [new errors.NoSuchParticipantError('orders', 'worker-9'), 4],
    [new errors.LeaderChangedError('worker-1', 'worker-2'), 5],
    [new errors.DeadlineError('Another leadership', 100), 6],
    [new UnreachableError('zookeeper://localhost:1', 100), 7],
    [new InterruptedError('SIGINT'), 130],
  ])('of "%s" is %d', (error, code) => {
    expect(codeOf(error)).toBe(code);
  });

  it('after a signal is 128 and its number', () => {
    expect([codeOfSignal('SIGTERM'), codeOfSignal('SIGKILL')]).toEqual([143, 137]);
  });
});

describe('the hint', () => {
  it('tells what to do next', () => {
    expect(hintFor(new errors.NoLeaderError('orders'))).toBe('See who stands: succession candidates orders');
    expect(hintFor(new errors.NoSuchParticipantError('orders', 'x'))).toContain('succession candidates orders');
    expect(hintFor(new errors.LeaderChangedError('a', 'b'))).toContain('--expect-leader b');
    expect(hintFor(new errors.DeadlineError('It', 1))).toContain('--timeout');
    expect(hintFor(new UnreachableError('x', 1))).toContain('succession doctor');
  });

  it('is not needed where the message says it', () => {
    expect(hintFor(new errors.AccessDeniedError('/a', 'create'))).toBeUndefined();
  });
});
