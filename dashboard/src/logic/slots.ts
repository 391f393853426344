// The hours and days that a chart shows: each one, also those in which nothing happened, for which there is no row.

export interface Stats {
  cost: string;
  revenue: string;
  profit: string;
  margin_pct: string | null;
}

export interface Slot extends Stats {
  // Of an hour the moment at which it begins, of a day its date.
  readonly key: string;
  // Seconds since 1970, for the axis: of an hour its begin, of a day midnight UTC of its date.
  readonly at: number;
}

const empty: Stats = { cost: '0', revenue: '0', profit: '0', margin_pct: null };
const secondsOfHour = 3600;
const secondsOfDay = 86400;

// filled: a slot for each step up to the last, and for each row, also one that lies between two steps where
// clocks are changed by less than an hour.
function filled(rows: ReadonlyMap<number, Stats>, last: number, steps: number, step: number, key: (at: number) => string): Slot[] {
  const times = new Set(rows.keys());
  for (let back = steps - 1; back >= 0; back -= 1) times.add(last - back * step);
  return [...times]
    .sort((a, b) => a - b)
    .map((at) => {
      const { cost, revenue, profit, margin_pct } = rows.get(at) ?? empty;
      return { key: key(at), at, cost, revenue, profit, margin_pct };
    });
}

export const secondsOf = (moment: string): number => Math.floor(Date.parse(moment) / 1000);

export const momentOf = (seconds: number): string => new Date(seconds * 1000).toISOString();

export function hourSlots(rows: readonly (Stats & { hour: string })[], thisHour: string, hours: number): Slot[] {
  const byTime = new Map(rows.map((row) => [secondsOf(row.hour), row]));
  return filled(byTime, secondsOf(thisHour), hours, secondsOfHour, momentOf);
}

export function daySlots(rows: readonly (Stats & { day: string })[], today: string, days: number): Slot[] {
  const byTime = new Map(rows.map((row) => [secondsOf(`${row.day}T00:00:00Z`), row]));
  return filled(byTime, secondsOf(`${today}T00:00:00Z`), days, secondsOfDay, (at) => momentOf(at).slice(0, 10));
}

// The first of so many, as a condition on the rows.
export const firstHour = (thisHour: string, hours: number): string => momentOf(secondsOf(thisHour) - (hours - 1) * secondsOfHour);

export const firstDay = (today: string, days: number): string => momentOf(secondsOf(`${today}T00:00:00Z`) - (days - 1) * secondsOfDay).slice(0, 10);
