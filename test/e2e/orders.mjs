// Random orders that can be had again: a seed gives the same numbers on every machine.

// The seed of this run; E2E_SEED repeats one.
export const seed = Number(process.env.E2E_SEED ?? Math.floor(Math.random() * 2 ** 32));

// randomFrom: numbers from 0 to below 1 (mulberry32).
export function randomFrom(start) {
  let state = start >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function shuffled(values, random) {
  const result = [...values];
  for (let last = result.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [result[last], result[other]] = [result[other], result[last]];
  }
  return result;
}

// withRepeats: some of the values once or twice more.
export function withRepeats(values, random, share) {
  return values.flatMap((value) => [value, ...(random() < share ? [value] : []), ...(random() < share / 3 ? [value] : [])]);
}
