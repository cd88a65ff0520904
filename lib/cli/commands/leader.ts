/** `succession leader`: one id, for `if` and `$(…)`. */
import { NoLeaderError } from '../../errors.js';
import { answer, type Command, withBackend } from '../context.js';
import { ExitCode } from '../exit-code.js';
import { leaderLine } from '../leader-line.js';

export const leader: Command<{ election: string }> = (context, { election }) =>
  withBackend(context, async (backend) => {
    const found = await answer(backend.election(election).leader$, context, `Finding the leader of ${election}`);
    if (!found) throw new NoLeaderError(election);
    context.out.print(leaderLine(election, found, context.out.format));
    return ExitCode.ok;
  });
