// A customer's life, told in chapters: checkout, calls up to the limit, upgrade, a failed payment, grace, payment, refund, a
// pack, a dispute, the end. Each chapter is a test; what it asserts are figures worked out by hand from the configuration.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seconds } from './stripe/calendar.mjs';
import { Customer } from './stripe/customer.mjs';
import { packs, prices } from './shop.mjs';

const all = { ai: true, sync: true, reports: true };
const subscribed = seconds('2026-01-10T09:00Z');
const renewed = seconds('2026-02-10T09:00Z');
const ended = seconds('2026-03-10T09:00Z');

// expectState: of the account's state only what is named.
async function expectState({ shop, account }, at, expected) {
  const state = await shop.state(account, at);
  assert.deepEqual(Object.fromEntries(Object.keys(expected).map((key) => [key, state[key]])), expected);
}

// arrive: events come in their own order, each a few seconds after it happened, and once more later. The second one that tells
// of a payment is a duplicate; those that come before the one that says whose customer it is wait for that.
async function arrive({ shop, link }, events) {
  const expected = link === 'subscription' ? ['processed', 'ignored', 'duplicate'] : ['processed', 'ignored', 'duplicate', 'failed'];
  for (const event of events) {
    const answer = await shop.deliver(event);
    assert.ok(expected.includes(answer.status), `${event.type}: ${JSON.stringify(answer)}`);
  }
  for (const event of events) assert.equal((await shop.deliver(event, event.created + 60)).status, 'duplicate', event.type);
}

const chapters = {
  async 'a free account'(world) {
    await world.shop.open(world.account, '2026-01-05T08:00Z');
    await expectState(world, '2026-01-05T09:00Z', { plan: 'free', balance: '20', revenue: {}, licence: 'active' });
    assert.equal(await world.shop.call(world.account, 'upload', '2026-01-05T09:00Z'), 'feature_not_in_plan');
  },

  // $19 less the margin of 80 % is $3.80 of cost, 380 credits; the fee is 2.9 % and 30 cents.
  async 'checkout begins the subscription, once'(world) {
    await arrive(world, world.customer.subscribe(subscribed, prices.starter));
    await expectState(world, '2026-01-10T10:00Z', {
      plan: 'starter', balance: '380', periodEnd: renewed, licence: 'active', capabilities: { ai: true, sync: true, reports: false },
      lots: [{ source: 'plan', category: 'paid', expires_at: null, amount: '380', remaining: '380' }],
      revenue: { subscription: ['19', '0.851'] },
    });
  },

  async 'calls up to the limit of the plan'({ shop, account }) {
    for (const minute of ['01', '02', '03']) assert.equal(await shop.call(account, 'draft', `2026-01-12T09:${minute}Z`), 'ok');
    assert.equal(await shop.call(account, 'draft', '2026-01-12T09:04Z'), 'plan_limit_exceeded');
    await expectState({ shop, account }, '2026-01-12T09:05Z', { balance: '260' });
  },

  // Half of the period is left: $49.50 for the new plan less $9.50 for what was not used of the old one.
  async 'an upgrade in mid-period grants for what it costs'(world) {
    await arrive(world, world.customer.changePlan(seconds('2026-01-25T21:00Z'), prices.pro));
    await expectState(world, '2026-01-25T22:00Z', { plan: 'pro', balance: '1060', periodEnd: renewed, capabilities: all, revenue: { subscription: ['59', '2.311'] } });
    assert.equal(await world.shop.call(world.account, 'draft', '2026-01-26T09:00Z'), 'ok');
  },

  async 'a failed payment takes what the schedule takes at once'(world) {
    await arrive(world, world.customer.failRenewal());
    await expectState(world, '2026-02-10T11:00Z', { plan: 'pro', balance: '1020', licence: 'grace', capabilities: { ...all, ai: false } });
    assert.equal(await world.shop.call(world.account, 'draft', '2026-02-10T11:00Z'), 'licence_suspended');
    assert.equal(await world.shop.call(world.account, 'upload', '2026-02-25T09:59Z'), 'ok');
  },

  async 'a second failure does not begin the schedule anew'(world) {
    await arrive(world, world.customer.failAgain(seconds('2026-02-13T10:00Z')));
    assert.equal(await world.shop.call(world.account, 'upload', '2026-02-25T10:01Z'), 'licence_suspended');
    await expectState(world, '2026-02-25T10:01Z', { licence: 'suspended', balance: '1019', capabilities: { ai: false, sync: false, reports: true } });
  },

  // The period is the one that the invoice is for, not one from the payment on.
  async 'payment restores everything and grants the period'(world) {
    await arrive(world, world.customer.payOpenInvoice(seconds('2026-02-27T12:00Z')));
    await expectState(world, '2026-02-27T13:00Z', {
      plan: 'pro', balance: '1980', periodEnd: ended, licence: 'active', capabilities: all, revenue: { subscription: ['158', '5.482'] },
    });
    assert.equal(await world.shop.call(world.account, 'draft', '2026-02-27T13:00Z'), 'ok');
  },

  // A third of $99, then half of it in all: the second event takes the difference. Fees are not given back.
  async 'refunds take credits back by what is refunded in all'(world) {
    const payment = world.customer.payments.at(-1);
    await arrive(world, world.customer.refund(seconds('2026-03-01T09:00Z'), payment, 3300));
    await expectState(world, '2026-03-01T10:00Z', { balance: '1280', revenue: { subscription: ['125', '5.482'] } });
    await arrive(world, world.customer.refund(seconds('2026-03-02T09:00Z'), payment, 1650));
    await expectState(world, '2026-03-02T10:00Z', { balance: '950', revenue: { subscription: ['108.5', '5.482'] } });
  },

  async 'a pack of credits'(world) {
    await arrive(world, world.customer.buyPack(seconds('2026-03-03T09:00Z'), packs.small, world.packMetadata));
    await expectState(world, '2026-03-03T10:00Z', { balance: '1050', revenue: { subscription: ['108.5', '5.482'], pack: ['5', '0.445'] } });
  },

  async 'a dispute freezes until it is won'(world) {
    const payment = world.customer.payments.at(-1);
    await arrive(world, world.customer.dispute(seconds('2026-03-04T09:00Z'), payment));
    assert.equal(await world.shop.call(world.account, 'draft', '2026-03-04T10:00Z'), 'account_frozen');
    await expectState(world, '2026-03-04T10:00Z', { balance: '950', revenue: { subscription: ['108.5', '5.482'], pack: ['0', '0.445'] } });
    await arrive(world, world.customer.closeDispute(seconds('2026-03-06T09:00Z'), payment, 'won'));
    await expectState(world, '2026-03-06T10:00Z', { balance: '1050', revenue: { subscription: ['108.5', '5.482'], pack: ['5', '0.445'] } });
    assert.equal(await world.shop.call(world.account, 'draft', '2026-03-06T10:00Z'), 'ok');
  },

  // No renewal resets them any more: credits that were paid for stay.
  async 'the end of the subscription leaves the credits'(world) {
    await arrive(world, world.customer.cancelAtPeriodEnd(seconds('2026-03-07T09:00Z')));
    await expectState(world, '2026-03-07T10:00Z', { plan: 'pro', balance: '1010' });
    await arrive(world, world.customer.cancel(ended));
    await expectState(world, '2026-03-10T10:00Z', { plan: 'free', licence: 'active', balance: '1010', capabilities: { ai: true, sync: false, reports: false } });
  },

  async 'the books add up and no event is left behind'({ shop }) {
    assert.deepEqual(await shop.findings(), []);
    assert.equal((await shop.inbox()).failed, undefined);
  },
};

// tellLife: the chapters as tests, in order.
export function tellLife(title, makeWorld) {
  let world;
  for (const [chapter, tell] of Object.entries(chapters)) {
    test(`${title}: ${chapter}`, async () => {
      world ??= await makeWorld();
      await tell(world);
    });
  }
}

// worldOf: an account of its own with its customer at the provider.
export const worldOf = (shop, { key, shape, link }) => {
  const account = `account-${key}`;
  return { shop, account, link, customer: new Customer({ key, account, shape, link }), packMetadata: { metadata: { pack: 'small' } } };
};
