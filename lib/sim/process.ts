/** One life of a machine, with everything it says and saves as text: what is not plain JSON does not get through. @pure */
import type { Effect, Machine, NodeId, PeerEvent, View } from '../peers/machine.js';

/** `save` and `send` carry JSON; `kind` is the message's `type`, if it has one. */
export type TextEffect = Exclude<Effect<string, string>, { readonly type: 'send' }> | SendText;
export interface SendText {
  readonly type: 'send';
  readonly to: NodeId;
  readonly message: string;
  readonly kind: string;
}

export interface Process {
  readonly view: View;
  feed(at: number, random: number, event: PeerEvent<string>): readonly TextEffect[];
}

export function startProcess<S, M, R>(machine: Machine<S, M, R>, disk: string | undefined): Process {
  let state = machine.init(disk === undefined ? undefined : (JSON.parse(disk) as R));
  return {
    get view() {
      return machine.view(state);
    },
    feed(at, random, event) {
      const read = event.type === 'message' ? received(machine.decode, event.from, event.message) : event;
      if (!read) return [];
      const [next, effects] = machine.step(state, { at, random, event: read });
      state = next;
      return effects.map(asText);
    },
  };
}

/** `undefined` for what the machine does not understand. */
function received<M>(decode: (message: unknown) => M | undefined, from: NodeId, text: string) {
  const message = decode(JSON.parse(text));
  return message === undefined ? undefined : ({ type: 'message', from, message } as const);
}

function asText<M, R>(effect: Effect<M, R>): TextEffect {
  if (effect.type === 'send')
    return { ...effect, message: JSON.stringify(effect.message), kind: kindOf(effect.message) };
  return effect.type === 'save' ? { ...effect, record: JSON.stringify(effect.record) } : effect;
}

function kindOf(message: unknown): string {
  return String((message as { readonly type?: unknown } | null)?.type ?? 'message');
}
