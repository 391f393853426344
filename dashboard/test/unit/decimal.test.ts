// Arithmetic on decimal strings: exact, and rounded as the database rounds.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compare, leadingPlaces, percentOf, rounded, sign, sum } from '../../src/logic/decimal.ts';

test('sums are exact where numbers are not', () => {
  assert.equal(sum(['0.1', '0.2']), '0.3');
  assert.equal(sum(['99999999999999999999.000000000001', '0.000000000009', '1']), '100000000000000000000.000000000010');
  assert.equal(sum(['-5.25', '5.25']), '0.00');
  assert.equal(sum([]), '0');
});

test('rounding takes halves away from zero', () => {
  for (const [value, places, expected] of [['2.345', 2, '2.35'], ['-2.345', 2, '-2.35'], ['2.5', 0, '3'], ['-0.004', 2, '0.00'], ['7', 2, '7.00'], ['0.0652471500', 4, '0.0652'], ['999.995', 2, '1000.00']] as const) {
    assert.equal(rounded(value, places), expected, `${value} to ${places}`);
  }
});

test('comparing does not depend on how many decimals are written', () => {
  assert.equal(compare('1.10', '1.1'), 0);
  assert.equal(compare('-0.01', '0'), -1);
  assert.equal(compare('10', '9.999999999999999999999'), 1);
  assert.equal(sign('-0.00'), 0);
});

test('a share in percent, and of nothing none', () => {
  assert.equal(percentOf('1', '3', 1), '33.3');
  assert.equal(percentOf('2', '3', 1), '66.7');
  assert.equal(percentOf('0.8', '1', 2), '80.00');
  assert.equal(percentOf('-1', '4', 0), '-25');
  assert.equal(percentOf('5', '0.00', 1), null);
});

test('small amounts show two digits', () => {
  for (const [value, places] of [['0', 2], ['0.00', 2], ['12.3456', 2], ['0.5', 2], ['0.0652', 3], ['0.00000123', 7], ['-0.004', 4], ['-3.001', 2]] as const) {
    assert.equal(leadingPlaces(value), places, value);
  }
});

test('what is no decimal is refused', () => {
  for (const value of ['', 'NaN', 'Infinity', '1e5', '1.', ' 1', '1,000']) assert.throws(() => sum([value]), RangeError, value);
});
