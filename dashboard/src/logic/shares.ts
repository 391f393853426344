// Rows of use as shares of the whole: the largest by name, the others as one.
import { percentOf, sum } from './decimal.ts';

export interface Share {
  readonly name: string | null;
  readonly provider?: string | null;
  readonly requests: string;
  readonly tokens: string;
  readonly cost: string;
}

export interface ShareRow {
  readonly key: string;
  readonly name: string;
  readonly detail: string;
  readonly requests: string;
  readonly tokens: string;
  readonly cost: string;
  readonly share: string | null;
}

const most = 8;

const total = (rows: readonly Share[], field: 'cost' | 'requests' | 'tokens'): string => sum(rows.map((row) => row[field]));

// shareRows: of rows by falling cost the first, and the rest added up.
export function shareRows(rows: readonly Share[], unnamed: string): ShareRow[] {
  const whole = total(rows, 'cost');
  const listed = rows.length > most + 1 ? rows.slice(0, most) : rows;
  const shown = listed.map(({ name, provider, requests, tokens, cost }) => ({
    key: JSON.stringify([provider ?? null, name]),
    name: name ?? unnamed,
    detail: provider ?? '',
    requests,
    tokens,
    cost,
    share: percentOf(cost, whole, 1),
  }));
  const others = rows.slice(listed.length);
  if (others.length === 0) return shown;
  const cost = total(others, 'cost');
  const rest = { key: 'others', name: `${others.length} others`, detail: '', cost, requests: total(others, 'requests'), tokens: total(others, 'tokens') };
  return [...shown, { ...rest, share: percentOf(cost, whole, 1) }];
}
