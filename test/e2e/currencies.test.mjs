// Amounts are whole numbers of a currency's smallest unit, whatever that is: a hundredth, a thousandth, or the unit itself.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { prices, Shop } from './shop.mjs';
import { seconds } from './stripe/calendar.mjs';
import { Customer } from './stripe/customer.mjs';

const shop = new Shop();
before(() => shop.prepare({
  payment_fee: { percent: '0', fixed: '0' },
  fx: [
    { currency: 'EUR', usd: '1.08', from: '2025-01-01' }, { currency: 'EUR', usd: '1.10', from: '2026-02-01' },
    { currency: 'JPY', usd: '0.0066', from: '2025-01-01' }, { currency: 'KWD', usd: '3.25', from: '2025-01-01' },
    { currency: 'ISK', usd: '0.0072', from: '2025-01-01' },
  ],
}));
after(() => shop.end());

// Credits are those of the plan for what was paid: 20 for a dollar, at most the plan's 380.
const payments = [
  { currency: 'usd', amount: 1900, usd: '19', balance: '380' },
  { currency: 'eur', amount: 1750, usd: '18.9', balance: '378' },
  { currency: 'jpy', amount: 2500, usd: '16.5', balance: '330' },
  { currency: 'kwd', amount: 5200, usd: '16.9', balance: '338' },
  { currency: 'isk', amount: 250000, usd: '18', balance: '360' },
];

for (const { currency, amount, usd, balance } of payments) {
  test(`${amount} of the smallest unit of ${currency} are ${usd} USD`, async () => {
    const account = `account-${currency}`;
    const customer = new Customer({ key: currency, account, shape: 'new' });
    await shop.open(account, '2026-01-05T08:00Z');
    for (const event of customer.subscribe(seconds('2026-01-10T09:00Z'), { ...prices.starter, amount, currency })) {
      assert.notEqual((await shop.deliver(event)).status, 'failed', event.type);
    }
    const state = await shop.state(account, '2026-01-10T10:00Z');
    assert.deepEqual([state.revenue, state.balance], [{ subscription: [usd, '0'] }, balance]);
  });
}

test('the rate is that of the day of the payment, whenever it is told', async () => {
  const customer = new Customer({ key: 'late', account: 'account-late', shape: 'new' });
  await shop.open('account-late', '2026-01-05T08:00Z');
  for (const event of customer.subscribe(seconds('2026-01-10T09:00Z'), { ...prices.starter, amount: 1000, currency: 'eur' })) await shop.deliver(event, '2026-02-05T09:00Z');
  assert.deepEqual((await shop.state('account-late', '2026-02-05T10:00Z')).revenue, { subscription: ['10.8', '0'] });
});
