/** What to do next, for errors whose message does not say it already. */
import { DeadlineError, LeaderChangedError, NoLeaderError, NoSuchParticipantError } from '../errors.js';
import { UnreachableError } from './exit-code.js';

export function hintFor(error: unknown): string | undefined {
  if (error instanceof NoLeaderError) return `See who stands: succession candidates ${error.election}`;
  if (error instanceof NoSuchParticipantError) return `See who stands: succession candidates ${error.election}`;
  if (error instanceof LeaderChangedError)
    return `Look again, and repeat with --expect-leader ${error.actual} if that is right.`;
  if (error instanceof DeadlineError) return 'It may still happen: look again, or wait longer with --timeout.';
  if (error instanceof UnreachableError) return 'Check the servers and what lies between: succession doctor';
  return undefined;
}
