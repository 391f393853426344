// Takes signed payment events in as a webhook's endpoint does, by several connections, and prints how many a second.
// usage: node bench/events.mjs prepare|measure EVENTS CONNECTIONS    (database by PG*, packages by NODE_PATH)
// prepare configures plans and opens the accounts; measure signs all events first. One that is not handled ends the run.
import { performance } from 'node:perf_hooks';
import { Database } from '../test/e2e/database.mjs';
import { configuration, prices } from '../test/e2e/shop.mjs';
import { Customer } from '../test/e2e/stripe/customer.mjs';
import { signature } from '../test/e2e/stripe/signing.mjs';

const [command, ...counts] = process.argv.slice(2);
const [events, connections] = counts.map(Number);
if (!['prepare', 'measure'].includes(command) || !(events > 0 && connections > 0)) throw new Error('usage: node bench/events.mjs prepare|measure EVENTS CONNECTIONS');

const now = Math.floor(Date.now() / 1000);
const database = new Database({ connections });

// Every customer subscribes and soon takes a larger plan.
function eventsOf(number) {
  const customer = new Customer({ key: `bench${number}`, account: `e${number}`, shape: number % 2 ? 'new' : 'old' });
  customer.subscribe(now - 120, prices.starter);
  customer.changePlan(now - 60, prices.pro);
  return customer.events;
}

// signedLanes: for each connection the deliveries of its own customers, so that each customer's come in order.
function signedLanes() {
  const lanes = Array.from({ length: connections }, () => []);
  let accounts = 0;
  for (let made = 0; made < events; accounts += 1) {
    const deliveries = eventsOf(accounts).map(({ text }) => [text, signature(text, now)]);
    lanes[accounts % connections].push(...deliveries.slice(0, events - made));
    made += deliveries.length;
  }
  return { lanes, accounts };
}

async function prepare() {
  const { accounts } = signedLanes();
  await database.query('SELECT credits.configure($1::jsonb)', [JSON.stringify(configuration)]);
  await database.query("SELECT count(credits.open_account('e' || g)) FROM generate_series(0, $1::int - 1) g", [accounts]);
}

async function measure() {
  const { lanes } = signedLanes();
  const answers = {};
  const began = performance.now();
  await Promise.all(lanes.map(async (deliveries) => {
    for (const delivery of deliveries) {
      const [{ status }] = await database.query("SELECT credits.stripe_event($1, $2) ->> 'status' AS status", delivery);
      answers[status] = (answers[status] ?? 0) + 1;
    }
  }));
  const took = (performance.now() - began) / 1000;
  if (answers.failed) throw new Error(`${answers.failed} events were not handled`);
  console.log(`${(events / took).toFixed(0)} events/s (${Object.entries(answers).map(([status, count]) => `${count} ${status}`).join(', ')})`);
}

await (command === 'prepare' ? prepare() : measure()).finally(() => database.end());
