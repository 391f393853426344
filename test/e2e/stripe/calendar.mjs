// Times as the payment provider writes them: whole seconds since 1970.

// seconds: of a time such as 2026-01-10T09:00Z.
export const seconds = (text) => {
  const value = Date.parse(text) / 1000;
  if (!Number.isInteger(value)) throw new Error(`no time: ${text}`);
  return value;
};

export const hour = 3600;
export const day = 24 * hour;

// monthsAfter: calendar months, counted from the anchor itself, so that the 31st stays the anchor's day.
export function monthsAfter(anchor, months) {
  const date = new Date(anchor * 1000);
  const target = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1));
  const last = new Date(Date.UTC(target.getUTCFullYear(), target.getUTCMonth() + 1, 0)).getUTCDate();
  target.setUTCDate(Math.min(date.getUTCDate(), last));
  return target.getTime() / 1000 + (anchor % day);
}

// timestamp: for the server, of seconds or of a time as text.
export const timestamp = (at) => new Date((typeof at === 'string' ? seconds(at) : at) * 1000).toISOString();
