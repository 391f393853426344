// Events of the payment provider through a real PostgREST: what is verified is the body as it came, byte for byte.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { customer, Rest } from './rest.mjs';
import { configuration, prices } from './shop.mjs';
import { seconds, timestamp } from './stripe/calendar.mjs';
import { Customer } from './stripe/customer.mjs';
import { signature } from './stripe/signing.mjs';

const start = seconds('2026-01-10T09:00Z');
const arrival = start + 60;
const skip = Rest.program ? false : 'the package of PostgREST has no program for this machine';
const rest = new Rest(timestamp(arrival));
let number = 0;

before(async () => {
  if (skip) return;
  await rest.prepare(configuration);
  await rest.start();
}, { timeout: 120000 });
after(() => rest.end());

// newcomer: an account, and the events of its first subscription.
async function newcomer() {
  const key = `h${(number += 1)}`;
  const account = `account-${key}`;
  await rest.owner.at('2026-01-05T08:00Z', 'SELECT credits.open_account($1)', [account]);
  return { key, account, events: new Customer({ key, account, shape: number % 2 ? 'new' : 'old' }).subscribe(start, prices.starter) };
}

const deliver = (text, header = signature(text, arrival), headers = {}) => rest.send('/rpc/stripe_webhook', {
  method: 'POST', body: text, headers: { 'Content-Type': 'application/json; charset=utf-8', ...(header === null ? {} : { 'Stripe-Signature': header }), ...headers },
});
const stored = (key) => rest.owner.query('SELECT event_id FROM credits.payment_events WHERE starts_with(event_id, $1)', [`evt_${key}n`]);
const credits = async (account) => (await rest.get('balance', customer(account))).body.data.remainingCredits;

const writings = {
  'as it is sent': (text) => text,
  'on one line': (text) => JSON.stringify(JSON.parse(text)),
  'with odd blanks': (text) => `\n\t ${text.replaceAll('": ', '"\t:\n  ').replaceAll(',\n', ' ,\r\n\r\n')} \n\n`,
  'with lines as of another system': (text) => text.replaceAll('\n', '\r\n'),
  'with keys in another order': (text) => JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(text)).reverse()), null, 7),
  'with letters of many scripts': (text) => text.replace('{', '{"note": "Grüße, 你好, \\u0000\\ud83d\\ude00 \\/ 1.0e2",'),
  'with one key twice': (text) => text.replace('{', '{"type": "nothing",'),
};
for (const [title, write] of Object.entries(writings)) {
  test(`events ${title}`, { skip }, async () => {
    const { account, events } = await newcomer();
    for (const [at, { text, type }] of events.entries()) {
      const { status, body } = await deliver(write(text));
      assert.deepEqual([status, ['processed', 'ignored', 'duplicate'].includes(body.status)], [200, true], `${at} ${type}: ${JSON.stringify(body)}`);
    }
    assert.equal(await credits(account), 380);
    const [first] = events;
    assert.equal((await deliver(write(first.text))).body.status, 'duplicate');
  });
}

const refused = {
  'no signature': () => null,
  'an empty one': () => '',
  'that of another secret': (text) => signature(text, arrival, 'whsec_another'),
  'an old one': (text) => signature(text, arrival - 301),
  'that of the same body without its blanks': (text) => signature(JSON.stringify(JSON.parse(text)), arrival),
  'that of the body with one blank more': (text) => signature(`${text} `, arrival),
};
for (const [title, header] of Object.entries(refused)) {
  test(`400 for ${title}`, { skip }, async () => {
    const { key, account, events } = await newcomer();
    for (const { text } of events) {
      const { status, body } = await deliver(text, header(text));
      assert.deepEqual([status, body.status], [400, 'refused']);
      assert.ok(body.error.length > 10 && body.hint.length > 10, JSON.stringify(body));
    }
    assert.deepEqual(await stored(key), []);
    assert.equal(await credits(account), 20);
  });
}

test('400 for what is no event', { skip }, async () => {
  for (const text of ['', 'hello', '7', '[]', '{"id": 7}', '{"id": "evt_half"', `{"id": "evt_deep", "type": "invoice.paid", "data": ${'['.repeat(3000)}${']'.repeat(3000)}}`]) {
    const { status, body } = await deliver(text);
    assert.equal(status, 400, text.slice(0, 40));
    assert.ok((body.error ?? body.message).length > 5);
  }
});

test('200 for an event that cannot be handled yet: it is kept, and handled once it can be', { skip }, async () => {
  const key = 'later';
  const events = new Customer({ key, account: 'late', shape: 'new' }).subscribe(start, prices.starter);
  const answers = [];
  for (const { text } of events) answers.push(await deliver(text));
  assert.ok(answers.every(({ status }) => status === 200));
  assert.ok(answers.some(({ body }) => body.status === 'failed' && body.error.includes('there is no account "late"')));
  await rest.owner.at(timestamp(arrival), "SELECT credits.open_account('late')");
  await rest.owner.at(timestamp(arrival), 'SELECT credits.retry_events()');
  assert.equal(await credits('late'), 380);
});

test('several signatures, one of them right', { skip }, async () => {
  const { events: [{ text }] } = await newcomer();
  const wrong = signature(text, arrival, 'whsec_rolled').replace(/^t=\d+/, '');
  assert.equal((await deliver(text, signature(text, arrival).replace(',', `${wrong},`))).status, 200);
});

test('a claim of a time of its own is not listened to', { skip }, async () => {
  const { key, events: [{ text }] } = await newcomer();
  const { status } = await rest.send(`/rpc/stripe_webhook?at=2026-01-01`, { method: 'POST', body: text, headers: { 'Content-Type': 'application/json', 'Stripe-Signature': signature(text, arrival - 301) } });
  assert.equal(status, 400);
  assert.deepEqual(await stored(key), []);
});

test('without a secret Stripe is told to come again', { skip }, async () => {
  const { key, events: [{ text }] } = await newcomer();
  await rest.owner.at(timestamp(arrival), "SELECT credits.configure('{\"stripe\": {\"webhook_secret\": null}}')");
  const { status, body } = await deliver(text);
  await rest.owner.at(timestamp(arrival), 'SELECT credits.configure($1::jsonb)', [JSON.stringify({ stripe: configuration.stripe })]);
  assert.ok(status >= 500, `${status}`);
  assert.match(body.message, /secret/);
  assert.deepEqual(await stored(key), []);
  assert.equal((await deliver(text)).status, 200);
});
