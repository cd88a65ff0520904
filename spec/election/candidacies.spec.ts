import { describe, expect, it, vi } from 'vitest';
import { keepCandidacies } from '../../lib/election/candidacies.js';
import { campaigning, drawn, settle } from './support.js';

const FEW = 8;
const MANY = 200;

/** The real handle, and how often it is looked at and asked to resign from here on. */
function watched(handle = campaigning().handle) {
  return { handle, asked: vi.spyOn(handle, 'resign'), looked: vi.spyOn(handle, 'leadership', 'get') };
}

async function ended() {
  const { handle } = campaigning();
  await handle.resign();
  return watched(handle);
}

const several = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);
const askedOf = (all: readonly ReturnType<typeof watched>[]) => all.filter(({ asked }) => asked.mock.calls.length > 0);

describe('the candidacies of a backend', () => {
  it('are handed back as they were given', () => {
    const { handle } = campaigning();
    expect(keepCandidacies().add(handle)).toBe(handle);
  });

  it('are all resigned, which takes until the last has its outcome', async () => {
    const candidacies = keepCandidacies();
    const slow = campaigning(drawn({ answers: false }));
    for (const { handle } of [campaigning(), slow, campaigning()]) candidacies.add(handle);
    const over = vi.fn();
    const resignation = candidacies.resign().then(over);
    await settle();
    expect(over).not.toHaveBeenCalled();
    slow.clock.advance(100);
    await resignation;
    expect(slow.handle.leadership).toMatchObject({ role: 'resigned', outcome: 'unknown' });
  });

  it('are forgotten when they have ended, but for a few', async () => {
    const candidacies = keepCandidacies();
    const gone = await Promise.all(several(MANY, ended));
    for (const { handle } of gone) candidacies.add(handle);
    await candidacies.resign();
    expect(askedOf(gone).length).toBeLessThanOrEqual(FEW);
  });

  it('are forgotten, too, when they end after they were given', async () => {
    const candidacies = keepCandidacies();
    const first = several(FEW, watched);
    for (const { handle } of first) candidacies.add(handle);
    await Promise.all(first.map(({ handle }) => handle.resign()));
    for (const { asked } of first) asked.mockClear();
    candidacies.add(campaigning().handle);
    await candidacies.resign();
    expect(askedOf(first)).toEqual([]);
  });

  it('are never forgotten while they live, whatever ends before, between and after them', async () => {
    const candidacies = keepCandidacies();
    const living = several(20, watched);
    const gone = await Promise.all(several(MANY, ended));
    const late = gone.splice(MANY / 2);
    for (const { handle } of gone) candidacies.add(handle);
    for (const one of living) for (const { handle } of [one, ...late.slice(0, 3)]) candidacies.add(handle);
    for (const { handle } of late) candidacies.add(handle);
    await candidacies.resign();
    expect(askedOf(living)).toEqual(living);
    expect(askedOf([...gone, ...late]).length).toBeLessThanOrEqual(living.length);
  });

  it('are looked at twice each at most while all live, however many they are', () => {
    const candidacies = keepCandidacies();
    const living = several(MANY, watched);
    for (const { handle } of living) candidacies.add(handle);
    const looks = living.reduce((sum, { looked }) => sum + looked.mock.calls.length, 0);
    expect(looks).toBeLessThanOrEqual(2 * MANY);
  });
});
