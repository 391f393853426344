// Figures, names and times as people read them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clock, count, dateAndTime, dayIn, dayName, measured, monthName, percent, usd, words } from '../../src/logic/format.ts';

test('money has its sign before the dollar and thousands apart', () => {
  for (const [value, shown] of [['1509.469120400', '$1,509.47'], ['0', '$0.00'], ['-12.18', '\u2212$12.18'], ['0.00001527', '$0.000015'], ['-0.004', '\u2212$0.0040'], ['12345678901234567890.12', '$12,345,678,901,234,567,890.12'], ['-0.00', '$0.00']] as const) {
    assert.equal(usd(value), shown, value);
  }
  assert.equal(usd(null), '–');
});

test('percent and counts', () => {
  assert.equal(percent('90.71'), '90.7%');
  assert.equal(percent('-150.25'), '\u2212150.3%');
  assert.equal(percent(null), '–');
  assert.equal(count('9007199254740993'), '9,007,199,254,740,993');
});

test('amounts of limits are those of their metric', () => {
  assert.equal(measured('400638', 'tokens'), '400,638');
  assert.equal(measured('2.5', 'credits'), '2.5');
  assert.equal(measured('2.5', 'cost'), '$2.50');
});

test('names of the database become words', () => {
  assert.equal(words('payment_required'), 'Payment required');
});

test('times are those of the platform, not of the browser', () => {
  const moment = new Date('2026-03-29T22:30:05Z');
  assert.equal(clock(moment, 'Asia/Kolkata'), '04:00:05');
  assert.equal(dateAndTime(moment, 'Europe/Berlin'), '30 Mar, 00:30');
  assert.equal(dayIn(moment, 'Europe/Berlin'), '2026-03-30');
  assert.equal(dayIn(moment, 'America/New_York'), '2026-03-29');
  assert.equal(monthName(new Date('2026-02-28T23:00:00Z'), 'Europe/Berlin'), 'March 2026');
  assert.equal(dayName('2026-03-30'), 'Mon 30 Mar');
});
