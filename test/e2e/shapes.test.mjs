// The events that these tests make are like real ones: signed so that the provider's own package accepts them, with fields
// only where recorded events of the same version have them.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { seconds } from './stripe/calendar.mjs';
import { Customer } from './stripe/customer.mjs';
import { versions } from './stripe/shapes.mjs';
import { signature, verified } from './stripe/signing.mjs';

const monthly = { id: 'price_monthly', amount: 2000, currency: 'usd', interval: 'month' };
const yearly = { ...monthly, id: 'price_better', amount: 5000 };
const once = { id: 'price_pack', amount: 500, currency: 'usd' };

function life(shape) {
  const customer = new Customer({ key: shape, account: 'ann', shape });
  customer.subscribe(seconds('2026-01-10T09:00Z'), monthly);
  customer.changePlan(seconds('2026-01-25T21:00Z'), yearly);
  customer.failRenewal();
  customer.payOpenInvoice(seconds('2026-02-12T09:00Z'));
  customer.buyPack(seconds('2026-02-13T09:00Z'), once);
  customer.refund(seconds('2026-02-14T09:00Z'), customer.payments.at(-1), 200);
  customer.dispute(seconds('2026-02-15T09:00Z'), customer.payments[0]);
  customer.closeDispute(seconds('2026-02-16T09:00Z'), customer.payments[0], 'lost');
  customer.cancel(seconds('2026-03-10T09:00Z'));
  return customer.events;
}

// paths: where values are; what metadata holds and in which order entries come is the application's own affair.
function paths(value, path = '') {
  if (Array.isArray(value)) return value.flatMap((entry) => paths(entry, `${path}[]`));
  if (value === null || typeof value !== 'object' || path.endsWith('.metadata')) return [path];
  return Object.entries(value).flatMap(([key, inner]) => paths(inner, `${path}.${key}`));
}

const folder = process.env.PG_CREDITS_DATA ?? '';
const recorded = existsSync(`${folder}/stripe/event_examples.json`)
  ? JSON.parse(readFileSync(`${folder}/stripe/event_examples.json`, 'utf8')).map(({ payload }) => JSON.parse(payload))
  : [];

// What real events have and none of the recorded ones, which hold no proration.
const unrecorded = ['.data.object.lines.data[].invoice_item'];

// isLike: every place of the one is a place of the other, a place below it, or one above it where that has no value.
const isLike = (path, places) => places.some((place) => place === path || place.startsWith(`${path}.`) || place.startsWith(`${path}[]`) || path.startsWith(`${place}.`));

for (const shape of Object.keys(versions)) {
  test(`${shape} shape: events have their fields where recorded ones have them`, { skip: recorded.length === 0 && 'PG_CREDITS_DATA has no events' }, (t) => {
    let compared = 0;
    for (const { type, text } of life(shape)) {
      const others = recorded.filter((event) => event.api_version === versions[shape] && event.type === type);
      if (others.length === 0) continue;
      const places = [...unrecorded, ...others.flatMap((event) => paths(event))];
      const invented = paths(JSON.parse(text)).filter((path) => !path.startsWith('.data.previous_attributes') && !isLike(path, places));
      assert.deepEqual(invented, [], `${type} has fields that no recorded one has`);
      compared += 1;
    }
    assert.ok(compared > 0);
    t.diagnostic(`${compared} cases of events like recorded ones, ${shape} shape`);
  });

  test(`${shape} shape: the provider's package accepts each event`, () => {
    const events = life(shape);
    for (const { id, text, created } of events) assert.equal(verified(text, signature(text, created), created * 1000).id, id);
    assert.equal(new Set(events.map(({ id }) => id)).size, events.length);
  });
}

test('calendar months are counted from their anchor', () => {
  const customer = new Customer({ key: 'month', account: 'ann', shape: 'new' });
  customer.subscribe(seconds('2026-01-31T09:00Z'), monthly);
  const ends = [customer.subscription.period.end];
  for (const move of [1, 2]) {
    assert.ok(customer.renew().length > move);
    ends.push(customer.subscription.period.end);
  }
  assert.deepEqual(ends, ['2026-02-28T09:00Z', '2026-03-31T09:00Z', '2026-04-30T09:00Z'].map(seconds));
});
