import type { Effect } from '../../../lib/peers/machine.js';
import type { AnyMachine, Make } from './world.js';

interface Promised {
  readonly epoch: number;
  readonly by: string;
}

/** The same machines, except that they throw when they promise what they have not saved before. */
export const witnessed =
  (maker: Make): Make =>
  (name, options) => {
    const machine = maker(name, options);
    let saved: Promised | undefined;
    return {
      ...machine,
      init: (record) => {
        saved = record?.promised;
        return machine.init(record);
      },
      step: (state, input) => {
        const [next, effects] = machine.step(state, input) as ReturnType<AnyMachine['step']>;
        for (const effect of effects) saved = check(effect, saved);
        return [next, effects];
      },
    };
  };

// biome-ignore lint/suspicious/noExplicitAny: the messages of any of the three.
function check(effect: Effect<any, any>, saved: Promised | undefined): Promised | undefined {
  if (effect.type === 'save') return effect.record.promised;
  if (effect.type !== 'send' || effect.message.type !== 'promise') return saved;
  if (saved?.epoch !== effect.message.epoch || saved?.by !== effect.to)
    throw new Error(`promised ${effect.message.epoch} to ${effect.to} before it was saved`);
  return saved;
}
