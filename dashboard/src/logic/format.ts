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

export const clock = (moment: Date, zone: string): string =>
  inZone(zone, { hour: '2-digit', minute: '2-digit', second: '2-digit' }, 'clock').format(moment);

export const dateAndTime = (moment: Date, zone: string): string =>
  inZone(zone, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' }, 'both').format(moment);

export const monthName = (moment: Date, zone: string): string =>
  inZone(zone, { month: 'long', year: 'numeric' }, 'month').format(moment);

// dayName: of a date without time, which no zone moves.
export const dayName = (day: string): string =>
  inZone('UTC', { weekday: 'short', day: 'numeric', month: 'short' }, 'day').format(new Date(`${day}T00:00:00Z`));

// dayIn: the date of a moment in a zone, as the database writes it.
export function dayIn(moment: Date, zone: string): string {
  const parts = inZone(zone, { year: 'numeric', month: '2-digit', day: '2-digit' }, 'parts').formatToParts(moment);
  const part = (type: string): string => parts.find((each) => each.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}-${part('day')}`;
}
