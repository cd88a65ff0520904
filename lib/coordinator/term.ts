/** One term of a role, from the claim to its end. Whatever ends it, ends it once, and nothing of it outlives it. */
import {
  defer,
  dematerialize,
  filter,
  firstValueFrom,
  map,
  materialize,
  merge,
  type Observable,
  type ObservableInput,
  ReplaySubject,
} from 'rxjs';
import type { StoreOp } from '../election/store.js';
import { ConnectionLostError } from '../errors.js';
import type { Claimed } from './claim.js';
import { compareEpochs, type Epoch } from './epoch.js';
import { TermOverError } from './errors.js';
import { type FencedOutcome, fencedWrite } from './fenced.js';
import type { Member } from './member.js';

export type EndCause =
  /** We gave it up: asked to, or our work had ended. */
  | 'resigned'
  /** The group wants another owner. */
  | 'transferred'
  /** Somebody else has claimed, or our znode or the record is gone. */
  | 'fenced'
  /** The lease lapsed, or the session ended; or the connection was lost and nothing was to be held on to. */
  | 'lapsed'
  | 'load-failed'
  | 'shutdown';

export interface TermEnd {
  readonly epoch: Epoch;
  readonly cause: EndCause;
}

/** Who had the role before. `clean`: it had unloaded and said so. */
export interface PreviousOwner {
  readonly owner: string;
  readonly term: number;
  readonly clean: boolean;
}

export interface RoleTerm {
  readonly epoch: Epoch;
  readonly previous: PreviousOwner | undefined;
  /** Aborts first of all when the term ends. */
  readonly signal: AbortSignal;
  /** One value, then completion; replays. */
  readonly ended$: Observable<TermEnd>;
  /** Asks the clocks at this very call: no request is made. */
  isCurrent(): boolean;
  /** Asks the store, by a write of nothing but checks: reads, and `sync`, prove nothing. Rejects with TermOverError, ConnectionLostError. */
  verify(): Promise<void>;
  /** Commits only in this term. Never sent twice. Once it says `fenced`, the term is over. */
  fenced(ops: readonly StoreOp[]): Promise<FencedOutcome>;
  /** The source, until the term ends: then TermOverError, and nothing after it. */
  guarded<T>(source: ObservableInput<T>): Observable<T>;
  /** Somebody has shown us this epoch of our own role: a later one means that ours is over. */
  witness(seen: Epoch): void;
}

/** The term in the hands of whoever claimed it. */
export interface OpenRoleTerm {
  readonly term: RoleTerm;
  /** Ends it here and now; only the first cause counts. The record is not touched. */
  end(cause: EndCause): void;
}

export function openRoleTerm(member: Member, record: string, claimed: Claimed, epoch: Epoch): OpenRoleTerm {
  const ending = new AbortController();
  const said$ = new ReplaySubject<TermEnd>(1);
  const over = () => new TermOverError(epoch.role, epoch.term);
  const end = (cause: EndCause) => {
    if (ending.signal.aborted) return;
    ending.abort(over());
    said$.next({ epoch, cause });
    said$.complete();
  };
  const isCurrent = () => {
    if (!member.holds()) end('lapsed');
    return !ending.signal.aborted;
  };
  const fenced = async (ops: readonly StoreOp[]): Promise<FencedOutcome> => {
    if (!isCurrent()) return { status: 'fenced', by: member.holds() ? 'term' : 'session' };
    const outcome = await firstValueFrom(fencedWrite(member, record, claimed, ops));
    if (outcome.status === 'fenced') end('fenced');
    return outcome;
  };
  const verify = async () => {
    const { status } = await fenced([]);
    if (status === 'fenced' || !isCurrent()) throw over();
    if (status === 'unknown') throw new ConnectionLostError('the check of a term');
  };
  const ended$ = said$.asObservable();
  const guarded = <T>(source: ObservableInput<T>) => guard(source, ended$.pipe(map(() => fail(over()))), isCurrent);
  const witness = (seen: Epoch) => {
    if (seen.role === epoch.role && compareEpochs(seen, epoch) > 0) end('fenced');
  };
  const previous = previousOf(claimed);
  return { term: { epoch, previous, signal: ending.signal, ended$, isCurrent, verify, fenced, guarded, witness }, end };
}

/** What the source says when the signal aborts, its own end too, comes too late: the next to be heard is `over$`. */
function guard<T>(source: ObservableInput<T>, over$: Observable<never>, isCurrent: () => boolean): Observable<T> {
  return defer(() => {
    isCurrent();
    return merge(over$, defer(() => source).pipe(materialize(), filter(isCurrent)));
  }).pipe(dematerialize());
}

function previousOf({ previous }: Claimed): PreviousOwner | undefined {
  return previous && { owner: previous.owner, term: previous.term, clean: previous.released && previous.clean };
}

function fail(error: unknown): never {
  throw error;
}
