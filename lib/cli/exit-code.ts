/** How the CLI ends, in numbers. Part of its contract: scripts ask them. */
import { constants } from 'node:os';
import { NodeUnavailableError, NoSuchGroupError, NoSuchRoleError } from '../coordinator/errors.js';
import {
  DeadlineError,
  InvalidOptionError,
  LeaderChangedError,
  NoLeaderError,
  NoSuchParticipantError,
} from '../errors.js';

export const ExitCode = {
  ok: 0,
  failure: 1,
  usage: 2,
  /** Nobody leads, or what was asked for did not come about. */
  conditionNotMet: 3,
  notFound: 4,
  /** `--expect-leader` named somebody else. Nothing was done. */
  guardMismatch: 5,
  timeout: 6,
  /** Nothing answered within the deadline. */
  unreachable: 7,
  /** The command of `run` cannot be executed, and is not there: the shell's numbers. */
  cannotExecute: 126,
  commandNotFound: 127,
} as const;

/** Nothing answered in time. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
  constructor(where: string, afterMs: number) {
    super(`Nothing answered at ${where} within ${afterMs} ms.`);
  }
}

/** A signal ended the command: the reason of the context's AbortSignal. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
  readonly signal: NodeJS.Signals;
  constructor(signal: NodeJS.Signals) {
    super(`Ended by ${signal}.`);
    this.signal = signal;
  }
}

/** 128 + n, as every shell has it. */
export function codeOfSignal(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}

const codes = [
  [InvalidOptionError, ExitCode.usage],
  [NoLeaderError, ExitCode.conditionNotMet],
  [NoSuchParticipantError, ExitCode.notFound],
  [NoSuchGroupError, ExitCode.notFound],
  [NoSuchRoleError, ExitCode.notFound],
  [NodeUnavailableError, ExitCode.conditionNotMet],
  [LeaderChangedError, ExitCode.guardMismatch],
  [DeadlineError, ExitCode.timeout],
  [UnreachableError, ExitCode.unreachable],
] as const;

export function codeOf(error: unknown): number {
  if (error instanceof InterruptedError) return codeOfSignal(error.signal);
  return codes.find(([type]) => error instanceof type)?.[1] ?? ExitCode.failure;
}
