// Exact arithmetic on decimal strings as PostgreSQL writes them. No amount that is printed goes through a number.

interface Decimal {
  readonly units: bigint;
  readonly scale: number;
}

const form = /^(-?)(\d+)(?:\.(\d+))?$/;

function parse(text: string): Decimal {
  const found = form.exec(text);
  if (!found) throw new RangeError(`not a decimal: ${text}`);
  const [, sign, whole = '', fraction = ''] = found;
  const units = BigInt(whole + fraction);
  return { units: sign === '-' ? -units : units, scale: fraction.length };
}

const ten = (power: number): bigint => 10n ** BigInt(power);

const unitsAt = ({ units, scale }: Decimal, wanted: number): bigint => units * ten(wanted - scale);

function text(units: bigint, scale: number): string {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const fraction = scale > 0 ? `.${digits.slice(-scale)}` : '';
  return (units < 0n ? '-' : '') + whole + fraction;
}

// divided: halves go away from zero, as round(numeric) has them.
function divided(over: bigint, under: bigint): bigint {
  const isNegative = over < 0n !== under < 0n;
  const [top, bottom] = [over < 0n ? -over : over, under < 0n ? -under : under];
  const result = (2n * top + bottom) / (2n * bottom);
  return isNegative ? -result : result;
}

export function sum(values: readonly string[]): string {
  const parsed = values.map(parse);
  const scale = parsed.reduce((most, value) => Math.max(most, value.scale), 0);
  return text(parsed.reduce((total, value) => total + unitsAt(value, scale), 0n), scale);
}

export function compare(left: string, right: string): -1 | 0 | 1 {
  const [a, b] = [parse(left), parse(right)];
  const scale = Math.max(a.scale, b.scale);
  const difference = unitsAt(a, scale) - unitsAt(b, scale);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

export const sign = (value: string): -1 | 0 | 1 => compare(value, '0');

export function rounded(value: string, places: number): string {
  const { units, scale } = parse(value);
  const result = scale <= places ? units * ten(places - scale) : divided(units, ten(scale - places));
  return text(result, places);
}

// percentOf: part of whole in percent; null of nothing.
export function percentOf(part: string, whole: string, places: number): string | null {
  const [a, b] = [parse(part), parse(whole)];
  if (b.units === 0n) return null;
  const scale = Math.max(a.scale, b.scale);
  return text(divided(unitsAt(a, scale) * 100n * ten(places), unitsAt(b, scale)), places);
}

// leadingPlaces: after how many decimals two digits of the value are shown; 2 where there is a whole or nothing.
export function leadingPlaces(value: string): number {
  const fraction = form.exec(value)?.[3] ?? '';
  const first = fraction.search(/[1-9]/);
  if (first < 0 || compare(value.replace('-', ''), '1') >= 0) return 2;
  return Math.max(2, first + 2);
}
