// Hours and days of a chart: none is missing, none is twice, whatever clocks do.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { daySlots, firstDay, firstHour, hourSlots } from '../../src/logic/slots.ts';

const stats = { cost: '1', revenue: '2', profit: '1', margin_pct: '50.00' };

test('hours without calls are zero, with no margin', () => {
  const slots = hourSlots([{ hour: '2026-03-01T10:00:00+00:00', ...stats }], '2026-03-01T12:00:00+00:00', 4);
  assert.deepEqual(slots.map(({ key, cost, margin_pct }) => [key, cost, margin_pct]), [
    ['2026-03-01T09:00:00.000Z', '0', null],
    ['2026-03-01T10:00:00.000Z', '1', '50.00'],
    ['2026-03-01T11:00:00.000Z', '0', null],
    ['2026-03-01T12:00:00.000Z', '0', null],
  ]);
  assert.equal(firstHour('2026-03-01T12:00:00+00:00', 4), '2026-03-01T09:00:00.000Z');
});

test('zones whose hours begin at half past', () => {
  const slots = hourSlots([{ hour: '2026-03-01T17:00:00+05:30', ...stats }], '2026-03-01T18:00:00+05:30', 2);
  assert.deepEqual(slots.map(({ key, cost }) => [key, cost]), [['2026-03-01T11:30:00.000Z', '1'], ['2026-03-01T12:30:00.000Z', '0']]);
});

test('a row between two steps has a place of its own', () => {
  const slots = hourSlots([{ hour: '2026-04-04T15:30:00Z', ...stats }], '2026-04-04T17:00:00Z', 3);
  assert.deepEqual(slots.map(({ key }) => key.slice(11, 16)), ['15:00', '15:30', '16:00', '17:00']);
});

test('days over a month and a change of clocks', () => {
  const slots = daySlots([{ day: '2026-03-28', ...stats }], '2026-03-30', 30);
  assert.equal(slots.length, 30);
  assert.deepEqual([slots[0]?.key, slots.at(-1)?.key], ['2026-03-01', '2026-03-30']);
  assert.equal(slots.find(({ key }) => key === '2026-03-28')?.cost, '1');
  assert.equal(firstDay('2026-03-30', 30), '2026-03-01');
});
