// Figures and times as people read them.
import { leadingPlaces, rounded, sign } from './decimal.ts';

export const nothing = '–';

const grouped = (digits: string): string => digits.replace(/\B(?=(\d{3})+(?!\d))/g, ',');

// plain: thousands apart, a minus sign that is as wide as a plus.
function plain(value: string): string {
  const [whole = '0', fraction] = value.replace('-', '').split('.');
  const isZero = sign(value) === 0;
  return (value.startsWith('-') && !isZero ? '\u2212' : '') + grouped(whole) + (fraction ? `.${fraction}` : '');
}

// usd: to cents; of less than a dollar two digits, however small, so that nothing that is there looks like zero.
export function usd(value: string | null): string {
  if (value === null) return nothing;
  const shown = plain(rounded(value, leadingPlaces(value)));
  return shown.startsWith('\u2212') ? `\u2212$${shown.slice(1)}` : `$${shown}`;
}

export function percent(value: string | null, places = 1): string {
  return value === null ? nothing : `${plain(rounded(value, places))}%`;
}

export function count(value: string | null): string {
  return value === null ? nothing : plain(rounded(value, 0));
}

// measured: an amount of a limit's metric, all its digits.
export function measured(value: string, metric: string | null): string {
  return metric === 'cost' ? usd(value) : plain(value);
}

// words: a name of the database for people: payment_required, limit_reached.
export function words(name: string): string {
  const spaced = name.replaceAll('_', ' ');
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

const formats = new Map<string, Intl.DateTimeFormat>();

function inZone(zone: string, options: Intl.DateTimeFormatOptions, key: string): Intl.DateTimeFormat {
  const name = `${key} ${zone}`;
  let format = formats.get(name);
  if (!format) {
    format = new Intl.DateTimeFormat('en-GB', { ...options, timeZone: zone });
    formats.set(name, format);
  }
  return format;
}

// assembled: of the parts of a time as asked for; how a browser would join them differs from one to the next.
function assembled(moment: Date, zone: string, options: Intl.DateTimeFormatOptions, key: string, join: (part: (type: string) => string) => string): string {
  const parts = inZone(zone, options, key).formatToParts(moment);
  return join((type) => parts.find((each) => each.type === type)?.value ?? '');
}

const hours = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;

export const clock = (moment: Date, zone: string): string =>
  assembled(moment, zone, { ...hours, second: '2-digit' }, 'clock', (part) => `${part('hour')}:${part('minute')}:${part('second')}`);

export const dateAndTime = (moment: Date, zone: string): string =>
  assembled(moment, zone, { day: 'numeric', month: 'short', ...hours }, 'both', (part) => `${part('day')} ${part('month')}, ${part('hour')}:${part('minute')}`);

export const monthName = (moment: Date, zone: string): string =>
  assembled(moment, zone, { month: 'long', year: 'numeric' }, 'month', (part) => `${part('month')} ${part('year')}`);

// dayName: of a date without time, which no zone moves.
export const dayName = (day: string): string =>
  assembled(new Date(`${day}T00:00:00Z`), 'UTC', { weekday: 'short', day: 'numeric', month: 'short' }, 'day', (part) => `${part('weekday')} ${part('day')} ${part('month')}`);

// dayIn: the date of a moment in a zone, as the database writes it.
export const dayIn = (moment: Date, zone: string): string =>
  assembled(moment, zone, { year: 'numeric', month: '2-digit', day: '2-digit' }, 'date', (part) => `${part('year')}-${part('month')}-${part('day')}`);
