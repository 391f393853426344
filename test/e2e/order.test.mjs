// The provider promises neither order nor that an event comes only once. So each life is delivered to many accounts, its events
// shuffled and some of them repeated, and to some all at once; every account must end in the state of the first one, to which
// they came in order. A failure prints the seed: E2E_SEED=that repeats it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { lives, opened } from './lives.mjs';
import { randomFrom, seed, shuffled, withRepeats } from './orders.mjs';
import { Shop } from './shop.mjs';
import { day, seconds } from './stripe/calendar.mjs';
import { Customer, links } from './stripe/customer.mjs';

const connections = 8;
const lanes = 4;
const orders = Number(process.env.E2E_ORDERS ?? 24);
const rushes = Math.ceil(orders / 4);

const shop = new Shop({ connections });
before(() => shop.prepare());
after(() => shop.end());

// newcomer: an account of its own, and the events of a life that happened to its customer.
async function newcomer(key, { shape, link, life, asInvoiceItem }) {
  const account = `account-${key}`;
  const customer = new Customer({ key, account, shape, link, asInvoiceItem });
  life.happen(customer);
  await shop.open(account, opened);
  return { key, account, customer, events: customer.events };
}

// receive: the events in that order. Where the provider never says whose customer it is, the application does at some time.
async function receive({ account, customer, events }, { link, life, random = () => 0 }) {
  const linkedAfter = link === 'nowhere' ? Math.floor(random() * (events.length + 1)) : null;
  for (let arrived = 0; arrived <= events.length; arrived += 1) {
    if (arrived === linkedAfter) await shop.link(account, customer.id, life.arrival);
    if (arrived < events.length) await shop.deliver(events[arrived], seconds(life.arrival));
  }
  return shop.state(account, life.arrival);
}

async function receiveAtOnce({ account, customer, events }, { link, life }) {
  const arriving = events.map((event) => () => shop.deliver(event, seconds(life.arrival)));
  if (link === 'nowhere') arriving.splice(events.length / 2, 0, () => shop.link(account, customer.id, life.arrival));
  await Promise.all(arriving.map((arrive) => arrive()));
  return shop.state(account, life.arrival);
}

// expectSame: says what came in which order, so that the shortest such story can be written down as a test of its own.
let told = 0;
function expectSame(state, expected, account, events) {
  told += 1;
  assert.deepEqual(state, expected, `E2E_SEED=${seed}, ${account} got: ${events.map(({ type, id }) => `${type} ${id}`).join(', ')}`);
}

let number = 0;

for (const [title, life] of Object.entries(lives)) {
  for (const shape of ['old', 'new']) {
    const no = (number += 1);
    const key = `o${no}`;
    // So that each way to link meets each shape, and both kinds of prorations lives of each.
    const link = links[(no + Math.floor(no / 4)) % links.length];
    const story = { life, shape, link, asInvoiceItem: Math.floor(no / 2) % 2 === 0 };

    test(`${title}; ${shape} shape, linked by ${link}: one state for every order`, async () => {
      const random = randomFrom(seed + no);
      const first = await newcomer(`${key}first`, story);
      const expected = await receive(first, story);
      assert.deepEqual(await shop.waiting(first.key), [], 'events still wait after all of them came in order');
      const tell = async (order) => {
        const other = await newcomer(`${key}x${order}`, story);
        other.events = shuffled(withRepeats(other.events, random, 0.3), random);
        expectSame(await receive(other, { ...story, random }), expected, other.account, other.events);
        assert.deepEqual(await shop.waiting(other.key), [], 'events still wait after all of them came');
      };
      for (let done = 0; done < orders; done += lanes) {
        await Promise.all(Array.from({ length: Math.min(lanes, orders - done) }, (_, lane) => tell(done + lane)));
      }
    });

    test(`${title}; ${shape} shape, linked by ${link}: one state for events all at once`, async () => {
      const expected = await receive(await newcomer(`${key}calm`, story), story);
      const random = randomFrom(seed - no);
      for (let rush = 0; rush < rushes; rush += 1) {
        const other = await newcomer(`${key}rush${rush}`, story);
        other.events = shuffled(withRepeats(other.events, random, 0.3), random);
        expectSame(await receiveAtOnce(other, story), expected, other.account, other.events);
        assert.deepEqual(await shop.waiting(other.key), [], 'events still wait after all of them came');
      }
    });
  }
}

// The provider tries again for three days: each event comes so long after it happened, in the order that follows.
async function receiveDelayed({ account, events }, { life, delay }) {
  const deliveries = events.map((event) => ({ event, at: Math.min(event.created + 5 + delay(), seconds(life.arrival)) }));
  deliveries.sort((one, other) => one.at - other.at);
  for (const { event, at } of deliveries) await shop.deliver(event, at);
  return shop.state(account, life.arrival);
}

for (const [title, life] of Object.entries(lives)) {
  const no = (number += 1);
  const key = `d${no}`;
  test(`${title}: one state for delays of up to three days`, async () => {
    const random = randomFrom(seed + no);
    const story = { life, shape: no % 2 ? 'old' : 'new', link: 'subscription' };
    const expected = await receiveDelayed(await newcomer(`${key}prompt`, story), { life, delay: () => 0 });
    for (let order = 0; order < orders / 2; order += 1) {
      const other = await newcomer(`${key}x${order}`, story);
      other.events = withRepeats(other.events, random, 0.2);
      const state = await receiveDelayed(other, { life, delay: () => Math.floor(random() * random() * 3 * day) });
      expectSame(state, expected, other.account, other.events);
    }
  });
}

test('the books of all accounts add up', async (t) => {
  assert.deepEqual(await shop.findings(), []);
  t.diagnostic(`${told} cases of orders, of ${Object.keys(lives).length} lives`);
});
