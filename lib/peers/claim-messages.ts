/** What claimants and members say to each other, and how it is checked. @pure */
import type { NodeId, Standing } from './machine.js';

/** One leadership, or the attempt at one: an epoch is promised by a member to one claimant only. */
export interface Claimed {
  readonly epoch: number;
  readonly by: NodeId;
}

export type ClaimMessage =
  /**
   * Would you promise me? `freed`: a claim that is over, as its holder told the asker. `over`, to a leader: the epoch it
   * leads with, and which all the asker needs would leave it for.
   */
  | { readonly type: 'ask'; readonly standing: Standing; readonly freed?: Claimed; readonly over?: number }
  /** To an `ask`: whether it would, the largest epoch it knows, and for how many ms its last promise binds it to whom. */
  | {
      readonly type: 'offer';
      readonly free: boolean;
      readonly known: number;
      readonly afterMs: number;
      readonly boundTo?: NodeId;
    }
  /** Promise me this epoch. `sent` is the claimant's own time, to be echoed. */
  | { readonly type: 'claim'; readonly epoch: number; readonly sent: number; readonly freed?: Claimed }
  /** The heartbeat: I lead; promise me again. */
  | {
      readonly type: 'renew';
      readonly epoch: number;
      readonly sent: number;
      readonly standing: Standing;
      /** Whoever led before wanted it so. */
      readonly nominated: boolean;
    }
  | { readonly type: 'promise'; readonly epoch: number; readonly sent: number }
  | { readonly type: 'refuse'; readonly epoch: number; readonly known: number }
  /** My claim to this epoch is over: you are free. `to` should come next. */
  | { readonly type: 'release'; readonly epoch: number; readonly to?: NodeId };

type Fields = Readonly<Record<string, unknown>>;

const kinds: Readonly<Record<ClaimMessage['type'], (message: Fields) => boolean>> = {
  ask: ({ standing, freed, over }) => isStanding(standing) && isFreed(freed) && (over === undefined || isEpoch(over)),
  offer: ({ free, known, afterMs, boundTo }) =>
    typeof free === 'boolean' &&
    isEpoch(known) &&
    isTime(afterMs) &&
    (afterMs as number) >= 0 &&
    (boundTo === undefined || isNode(boundTo)),
  claim: ({ epoch, sent, freed }) => isEpoch(epoch) && isTime(sent) && isFreed(freed),
  renew: ({ epoch, sent, standing, nominated }) =>
    isEpoch(epoch) && isTime(sent) && isStanding(standing) && typeof nominated === 'boolean',
  promise: ({ epoch, sent }) => isEpoch(epoch) && isTime(sent),
  refuse: ({ epoch, known }) => isEpoch(epoch) && isEpoch(known),
  release: ({ epoch, to }) => isEpoch(epoch) && (to === undefined || isNode(to)),
};

/** A claim message, every field checked; `undefined` for anything else. */
export function decodeClaim(message: unknown): ClaimMessage | undefined {
  if (!isFields(message) || typeof message.type !== 'string' || !Object.hasOwn(kinds, message.type)) return undefined;
  return kinds[message.type as ClaimMessage['type']](message) ? (message as unknown as ClaimMessage) : undefined;
}

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const isNode = (value: unknown): value is NodeId => typeof value === 'string' && value !== '';
/** Far above anything reached, and far below where adding one does nothing. */
export const isEpoch = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= 2 ** 48;
export const isTime = (value: unknown): value is number => Number.isFinite(value);
export const isStanding = (value: unknown): value is Standing =>
  isFields(value) && Number.isFinite(value.weight) && Number.isFinite(value.order);
const isFreed = (value: unknown): value is Claimed | undefined =>
  value === undefined || (isFields(value) && isEpoch(value.epoch) && isNode(value.by));
