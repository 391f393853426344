// What comes over the wire and should not: a bad signature or a body that is no event is refused, and nothing is stored; an
// event that cannot be handled is stored with its reason, and handled once what was missing is there.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { packs, prices, Shop } from './shop.mjs';
import { seconds } from './stripe/calendar.mjs';
import { Customer } from './stripe/customer.mjs';
import { signature } from './stripe/signing.mjs';

const shop = new Shop();
before(() => shop.prepare());
after(() => shop.end());

const opened = '2026-01-05T08:00Z';
const start = seconds('2026-01-10T09:00Z');
let number = 0;

async function newcomer(options = {}) {
  const key = `b${(number += 1)}`;
  const account = `account-${key}`;
  await shop.open(account, opened);
  return { key, account, customer: new Customer({ key, account, shape: number % 2 ? 'new' : 'old', ...options }) };
}

// altered: the event with another text; signed as it is then.
const altered = (event, change) => {
  const body = JSON.parse(event.text);
  change(body.data.object, body);
  return { ...event, text: JSON.stringify(body) };
};

const find = (events, type) => events.find((event) => event.type === type);
const stored = (id) => shop.owner.query('SELECT status, error FROM credits.payment_events WHERE event_id = $1', [id]);

// expectRefused: raised with that SQLSTATE, with a sentence and a hint, and nothing of it is kept.
async function expectRefused(delivering, code, id) {
  await assert.rejects(delivering, (error) => {
    assert.equal(error.code, code, error.message);
    assert.ok(error.message.length > 10 && error.message.length < 500, error.message);
    return true;
  });
  assert.deepEqual(await stored(id), []);
}

const headers = {
  'none': () => null,
  'an empty one': () => '',
  'something else': () => 'Bearer abc',
  'without a signature': () => `t=${start + 5}`,
  'without a time': (event) => signature(event.text, start + 5).replace(/^t=\d+,/, ''),
  'of another secret': (event) => signature(event.text, start + 5, 'whsec_another'),
  'of another body': (event) => signature(`${event.text} `, start + 5),
  'of another scheme': (event) => signature(event.text, start + 5).replace('v1=', 'v0='),
  'too old': (event) => signature(event.text, start + 5 - 301),
};

for (const [title, header] of Object.entries(headers)) {
  test(`a signature header: ${title}`, async () => {
    const { customer } = await newcomer();
    const event = find(customer.subscribe(start, prices.starter), 'invoice.paid');
    await expectRefused(() => shop.deliver(event, start + 5, header(event)), header(event) === null ? '22004' : '28000', event.id);
  });
}

test('of several signatures one that is right is enough', async () => {
  const { customer } = await newcomer();
  const event = find(customer.subscribe(start, prices.starter), 'invoice.paid');
  const right = signature(event.text, start + 5);
  const wrong = signature(event.text, start + 5, 'whsec_rolled').replace(/^t=\d+/, '');
  const answer = await shop.deliver(event, start + 5, right.replace(',', `${wrong},`));
  assert.equal(answer.status, 'processed');
});

const bodies = {
  'nothing': '',
  'no JSON': 'hello',
  'an array': '[]',
  'a number': '7',
  'half an object': '{"id": "evt_half", "type": "invoice.paid"',
  'no id': '{"object": "event", "type": "invoice.paid", "data": {"object": {}}}',
  'an id that is a number': '{"id": 7, "object": "event", "type": "invoice.paid", "data": {"object": {}}}',
  'no type': '{"id": "evt_typeless", "object": "event", "data": {"object": {}}}',
  '3,000 levels': `{"id": "evt_deep", "type": "invoice.paid", "data": ${'['.repeat(3000)}${']'.repeat(3000)}}`,
};

for (const [title, text] of Object.entries(bodies)) {
  test(`a signed body: ${title}`, async () => {
    const id = /evt_\w+/.exec(text)?.[0] ?? 'evt_none';
    await expectRefused(() => shop.deliver({ text, created: start }, start + 5), '22023', id);
  });
}

test('a byte that is no character is refused by the server itself', async () => {
  await expectRefused(() => shop.deliver({ text: '{"id": "evt_zero\0"}', created: start }, start + 5), '22021', 'evt_zero');
});

// What must not cost a payment: the texts are nobody's, the numbers are.
const harmless = {
  'a null character in a text': (object) => { object.description = 'a\u0000b'; },
  'half a surrogate pair in a text': (object) => { object.description = 'a\ud800b'; },
  'a megabyte of text': (object) => { object.description = 'x'.repeat(1024 * 1024); },
  'a field that nobody knows': (object) => { object.invented = { deep: [{ er: 1e300 }] }; },
  'a number beyond 2^53 where it is not needed': (object) => { object.amount_shipping = 1; object.starting_balance = Number.MAX_SAFE_INTEGER + 2; },
  'an expanded customer': (object) => { object.customer = { id: object.customer, object: 'customer', email: 'person@example.com' }; },
};

for (const [title, change] of Object.entries(harmless)) {
  test(`a payment with ${title} counts`, async () => {
    const { account, customer } = await newcomer();
    const event = altered(find(customer.subscribe(start, prices.starter), 'invoice.paid'), change);
    assert.equal((await shop.deliver(event, start + 5)).status, 'processed');
    const { balance, revenue } = await shop.state(account, start + 10);
    assert.deepEqual([balance, revenue], ['380', { subscription: ['19', '0.851'] }]);
  });
}

// Stored with what is wrong, where it says so; the account is as if it had never come.
const unusable = {
  'an amount that is a text': ['invoice.paid', (object) => { object.amount_paid = '1900'; }, /amount_paid/],
  'an amount with a fraction': ['invoice.paid', (object) => { object.amount_paid = 1900.5; }, /amount_paid/],
  'an amount below zero': ['invoice.paid', (object) => { object.amount_paid = -1900; }, /below zero/],
  'no amount': ['invoice.paid', (object) => { delete object.amount_paid; }, /amount_paid/],
  'a customer that is a list': ['invoice.paid', (object) => { object.customer = ['cus_1']; }, /customer/],
  'lines that are a text': ['invoice.paid', (object) => { object.lines = 'many'; }, /lines/],
  'a currency without a rate': ['invoice.paid', (object) => { object.currency = 'eur'; }, /eur/i],
  'a currency that does not exist': ['invoice.paid', (object) => { object.currency = 'xx'; }, /currency/],
};

for (const [title, [type, change, reason]] of Object.entries(unusable)) {
  test(`an event with ${title} is stored as failed`, async () => {
    const { account, customer } = await newcomer();
    const event = altered(find(customer.subscribe(start, prices.starter), type), change);
    const answer = await shop.deliver(event, start + 5);
    assert.equal(answer.status, 'failed');
    const [{ status, error }] = await stored(event.id);
    assert.equal(status, 'failed');
    assert.match(error, reason);
    const { balance, revenue, plan } = await shop.state(account, start + 10);
    assert.deepEqual([plan, balance, revenue], ['free', '20', {}]);
  });
}

test('an event that says neither its customer nor its account is stored as failed', async () => {
  const { account, customer } = await newcomer({ link: 'nowhere' });
  const event = altered(find(customer.subscribe(start, prices.starter), 'invoice.paid'), (object) => { object.customer = null; });
  assert.equal((await shop.deliver(event, start + 5)).status, 'failed');
  assert.match((await stored(event.id))[0].error, /not known/);
  assert.deepEqual((await shop.state(account, start + 10)).revenue, {});
});

test('an amount beyond 2^53 is exact to the cent', async () => {
  const { account, customer } = await newcomer({ shape: 'old' });
  const event = altered(find(customer.subscribe(start, prices.starter), 'invoice.paid'), () => {});
  event.text = event.text.replaceAll('1900', '9007199254740993');
  assert.equal((await shop.deliver(event, start + 5)).status, 'processed');
  const { revenue, balance } = await shop.state(account, start + 10);
  assert.equal(revenue.subscription[0], '90071992547409.93');
  assert.equal(balance, '380');
});

test('an event of live mode is not for a shop in test mode', async () => {
  const { account, customer } = await newcomer();
  const event = altered(find(customer.subscribe(start, prices.starter), 'invoice.paid'), (object, body) => { body.livemode = true; });
  const answer = await shop.deliver(event, start + 5);
  assert.equal(answer.status, 'failed');
  assert.equal((await shop.state(account, start + 10)).balance, '20');
});

test('a price that nobody configured waits for the configuration', async () => {
  const { key, account, customer } = await newcomer();
  const answers = await shop.deliverAll(customer.subscribe(start, prices.unknown), start + 10);
  assert.ok(answers.some(({ status }) => status === 'failed'));
  assert.match((await shop.waiting(key))[0].error, /price_nobody_configured/);
  assert.equal((await shop.state(account, start + 20)).plan, 'free');
  await shop.configure({
    plans: { business: { price: '49', interval: '1 month', credits: 1000, features: ['ai'] } },
    stripe: { prices: { [prices.unknown.id]: 'business' } },
  }, start + 30);
  await shop.retry(start + 40);
  assert.deepEqual(await shop.waiting(key), []);
  const { plan, balance, revenue } = await shop.state(account, start + 50);
  assert.deepEqual([plan, balance, revenue], ['business', '1000', { subscription: ['49', '1.721'] }]);
});

test('a pack that nobody configured waits for the configuration', async () => {
  const { key, account, customer } = await newcomer();
  await shop.deliverAll(customer.subscribe(start, prices.starter), start + 10);
  const answers = await shop.deliverAll(customer.buyPack(start + 60, { ...packs.small, id: 'price_huge', amount: 77700 }, { metadata: { pack: 'huge' } }), start + 70);
  assert.ok(answers.some(({ status }) => status === 'failed'));
  await shop.configure({ packs: { huge: { price: '777', credits: 20000 } } }, start + 80);
  await shop.retry(start + 90);
  assert.deepEqual(await shop.waiting(key), []);
  assert.equal((await shop.state(account, start + 100)).balance, '20380');
});

test('an account that is opened after its payment gets what was paid', async () => {
  const customer = new Customer({ key: 'early', account: 'account-early', shape: 'new', link: 'session' });
  const answers = await shop.deliverAll(customer.subscribe(start, prices.starter), start + 10);
  assert.ok(answers.some(({ status }) => status === 'failed'));
  await shop.open('account-early', start + 20);
  await shop.retry(start + 30);
  assert.deepEqual(await shop.waiting('early'), []);
  const { plan, balance } = await shop.state('account-early', start + 40);
  assert.deepEqual([plan, balance], ['starter', '380']);
});

test('after all of that the books add up', async () => assert.deepEqual(await shop.findings(), []));
