// The shop that these tests run: what it sells, what it sends to the server, and what it sees there.
import { Database } from './database.mjs';
import { secret, signature } from './stripe/signing.mjs';
import { seconds } from './stripe/calendar.mjs';

const priced = (id, amount, currency = 'usd') => ({ id, amount, currency, interval: 'month' });

// Prices and packs as the provider knows them, in cents.
export const prices = {
  starter: priced('price_starter', 1900),
  pro: priced('price_pro', 9900),
  unknown: priced('price_nobody_configured', 4900),
};
export const packs = { small: { id: 'price_small', amount: 500, currency: 'usd' } };

export const configuration = {
  unit: { name: 'credit', value_usd: '0.01', price_usd: '0.05', scale: 0 },
  margin: '0.80',
  default_plan: 'free',
  payment_fee: { percent: '2.9', fixed: '0.30' },
  plans: {
    free: { credits: 20, features: ['ai'] },
    starter: {
      price: '19', interval: '1 month', credits: 'from_margin', features: ['ai', 'sync'], next_plan: 'pro',
      limits: [{ name: 'monthly requests', metric: 'requests', window: 'period', limit: 3, effect: 'deny', warn_at: null }],
    },
    pro: {
      price: '99', interval: '1 month', credits: 'from_margin', features: ['ai', 'sync', 'reports'],
      limits: [{ name: 'monthly requests', metric: 'requests', window: 'period', limit: 100, effect: 'deny', warn_at: null }],
    },
  },
  packs: { small: { price: '5', credits: 100 } },
  prices: [
    { provider: 'openai', model: 'gpt-4o', metric: 'input_tokens', price: '5', per: 1000000 },
    { provider: 'openai', model: 'gpt-4o', metric: 'output_tokens', price: '15', per: 1000000 },
  ],
  actions: { draft: { credits: 40, feature: 'ai' }, upload: { credits: 1, feature: 'sync' }, summary: { credits: 5, feature: 'reports' } },
  licence: [{ capability: 'ai', after: '0 days' }, { capability: 'sync', after: '15 days' }, { capability: 'reports', after: '30 days' }],
  licence_states: { grace: '0 days', suspended: '15 days', cancelled: null },
  stripe: {
    webhook_secret: secret, livemode: false,
    prices: { [prices.starter.id]: 'starter', [prices.pro.id]: 'pro' },
    packs: { [packs.small.id]: 'small' },
  },
};

// What an application's role may call; it has no right on any table.
const rights = `
  GRANT USAGE ON SCHEMA credits TO check_shop;
  GRANT EXECUTE ON FUNCTION credits.open_account, credits.authorize, credits.settle, credits.release, credits.deduct,
      credits.stripe_event, credits.balance, credits.capabilities TO check_shop;
  GRANT SET ON PARAMETER pg_credits.now TO check_shop;`;

// Everything about money that an account has, without what depends on the order of things: numbers of lots and entries.
// Amounts are texts: what reads JSON makes floating point of numbers.
const stateQuery = `
  SELECT jsonb_build_object(
    'plan', b.plan, 'balance', trim_scale(b.balance)::text, 'held', trim_scale(b.held)::text,
    'periodEnd', extract(epoch FROM b.period_end)::bigint,
    'lots', (SELECT coalesce(jsonb_agg(to_jsonb(l) ORDER BY l.source, l.category, l.expires_at, l.amount), '[]')
             FROM (SELECT source, category, extract(epoch FROM expires_at)::bigint AS expires_at, trim_scale(sum(amount))::text AS amount,
                          trim_scale(sum(remaining))::text AS remaining
                   FROM credits.lots($1) GROUP BY 1, 2, 3) l),
    'capabilities', (SELECT jsonb_object_agg(capability, available) FROM credits.capabilities($1)),
    'licence', (SELECT min(licence) FROM credits.capabilities($1)),
    'revenue', (SELECT coalesce(jsonb_object_agg(kind, sums), '{}')
                FROM (SELECT kind, jsonb_build_array(trim_scale(sum(amount))::text, trim_scale(sum(fee))::text) AS sums
                      FROM credits.revenue_entry WHERE account_id = $1 GROUP BY kind) r))
  FROM credits.balance($1) b`;

export class Shop {
  // database: as the application; owner: as the one who may look at everything.
  constructor({ pooled = false, connections = 4 } = {}) {
    this.owner = new Database({ connections: 2 });
    this.database = new Database({ role: 'check_shop', pooled, connections });
  }

  async prepare(changes = {}) {
    await this.owner.query(rights);
    await this.configure({ ...configuration, ...changes });
  }

  configure(document, at = '2026-01-01T00:00Z') {
    return this.owner.at(at, 'SELECT credits.configure($1::jsonb)', [JSON.stringify(document)]);
  }

  open(account, at) {
    return this.database.at(at, 'SELECT credits.open_account($1)', [account]);
  }

  // deliver: one event as the webhook's endpoint passes it on; at: second of its arrival.
  deliver(event, at = event.created + 5, header = signature(event.text, typeof at === 'string' ? seconds(at) : at)) {
    return this.database.one(at, 'SELECT credits.stripe_event($1, $2)', [event.text, header]);
  }

  async deliverAll(events, at) {
    const answers = [];
    for (const event of events) answers.push(await this.deliver(event, at));
    return answers;
  }

  // call: one use of an action, from authorize to settle; the decision.
  async call(account, action, at) {
    const [decision] = await this.database.at(at, 'SELECT outcome, hold_no, level FROM credits.authorize($1, action => $2)', [account, action]);
    if (decision.outcome === 'ok') await this.database.at(at, 'SELECT credits.settle($1, $2)', [account, decision.hold_no]);
    return decision.outcome;
  }

  state(account, at) {
    return this.owner.one(at, stateQuery, [account]);
  }

  // findings: what does not add up; none of any account.
  findings() {
    return this.owner.query('SELECT account_id, check_name, detail FROM credits.verify()');
  }

  // link: the application says whose customer that is, where no event does.
  link(account, customer, at) {
    return this.owner.at(at, 'SELECT credits.link_customer($1, $2)', [account, customer]);
  }

  retry(at) {
    return this.owner.at(at, 'SELECT credits.retry_events()');
  }

  // waiting: events of a customer, told by the key in their ids, that could not be handled yet, and why.
  waiting(key) {
    return this.owner.query("SELECT type, error FROM credits.payment_events WHERE status = 'failed' AND starts_with(event_id, $1) ORDER BY event_id", [`evt_${key}n`]);
  }

  // inbox: how many events are in which state.
  async inbox() {
    const rows = await this.owner.query('SELECT status, count(*)::int AS events FROM credits.payment_events GROUP BY status');
    return Object.fromEntries(rows.map(({ status, events }) => [status, events]));
  }

  async end() {
    await Promise.all([this.owner.end(), this.database.end()]);
  }
}
