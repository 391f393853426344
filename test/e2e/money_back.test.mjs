// Money that goes back after its credits were used: what is left of them goes, then other credits, then there is debt, which
// the next credits pay first. And money that never came.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { packs, prices, Shop } from './shop.mjs';
import { seconds } from './stripe/calendar.mjs';
import { Customer } from './stripe/customer.mjs';

const shop = new Shop();
before(() => shop.prepare());
after(() => shop.end());

const pack = { metadata: { pack: 'small' } };

// user: has paid $19 for 380 credits and used 120 of them.
async function user(key, shape) {
  const account = `account-${key}`;
  const customer = new Customer({ key, account, shape });
  await shop.open(account, '2026-01-05T08:00Z');
  for (const event of customer.subscribe(seconds('2026-01-10T09:00Z'), prices.starter)) await shop.deliver(event);
  for (const minute of ['01', '02', '03']) assert.equal(await shop.call(account, 'draft', `2026-01-12T09:${minute}Z`), 'ok');
  return { account, customer };
}

const deliver = async (events) => {
  for (const event of events) assert.notEqual((await shop.deliver(event)).status, 'failed', event.type);
};

const balance = async (account, at) => (await shop.state(account, at)).balance;

for (const shape of ['old', 'new']) {
  test(`${shape} shape: a full refund after use leaves debt, which packs pay first`, async () => {
    const { account, customer } = await user(`refund${shape}`, shape);
    await deliver(customer.refund(seconds('2026-01-13T09:00Z'), customer.payments[0], 1900));
    assert.equal(await balance(account, '2026-01-13T10:00Z'), '-120');
    assert.deepEqual((await shop.state(account, '2026-01-13T10:00Z')).revenue, { subscription: ['0', '0.851'] });
    await deliver(customer.buyPack(seconds('2026-01-14T09:00Z'), packs.small, pack));
    assert.equal(await balance(account, '2026-01-14T10:00Z'), '-20');
    await deliver(customer.buyPack(seconds('2026-01-15T09:00Z'), packs.small, pack));
    assert.equal(await balance(account, '2026-01-15T10:00Z'), '80');
  });

  test(`${shape} shape: what was used comes out of other credits before there is debt`, async () => {
    const { account, customer } = await user(`other${shape}`, shape);
    await deliver(customer.buyPack(seconds('2026-01-13T09:00Z'), packs.small, pack));
    assert.equal(await balance(account, '2026-01-13T10:00Z'), '360');
    await deliver(customer.refund(seconds('2026-01-14T09:00Z'), customer.payments[0], 1900));
    assert.equal(await balance(account, '2026-01-14T10:00Z'), '-20');
  });

  test(`${shape} shape: a lost dispute after a partial refund takes the rest and stays frozen`, async () => {
    const { account, customer } = await user(`lost${shape}`, shape);
    const [payment] = customer.payments;
    await deliver(customer.refund(seconds('2026-01-13T09:00Z'), payment, 950));
    assert.equal(await balance(account, '2026-01-13T10:00Z'), '70');
    await deliver(customer.dispute(seconds('2026-01-14T09:00Z'), payment));
    await deliver(customer.closeDispute(seconds('2026-01-20T09:00Z'), payment, 'lost'));
    assert.equal(await balance(account, '2026-01-20T10:00Z'), '-120');
    assert.deepEqual((await shop.state(account, '2026-01-20T10:00Z')).revenue, { subscription: ['0', '0.851'] });
    assert.equal(await shop.call(account, 'draft', '2026-01-20T11:00Z'), 'account_frozen');
  });
}

test('a first payment in vain takes nothing from a free account', async () => {
  const customer = new Customer({ key: 'vain', account: 'account-vain', shape: 'new' });
  await shop.open('account-vain', '2026-01-05T08:00Z');
  await deliver(customer.subscribeInVain(seconds('2026-01-10T09:00Z'), prices.pro));
  const { plan, balance: left, licence, capabilities } = await shop.state('account-vain', '2026-02-20T09:00Z');
  assert.deepEqual([plan, left, licence, capabilities], ['free', '20', 'active', { ai: true, sync: false, reports: false }]);
});

test('the books add up', async () => assert.deepEqual(await shop.findings(), []));
