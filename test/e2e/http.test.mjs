// The JSON answers through a real PostgREST: each endpoint, every kind of refusal with its HTTP status and what it counts,
// and who may ask for whose account.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Database } from './database.mjs';
import { app, customer, Rest, token } from './rest.mjs';

const now = '2026-02-10T09:00:00Z';
const skip = Rest.program ? false : 'the package of PostgREST has no program for this machine';
const rest = new Rest(now);

const configuration = {
  unit: { name: 'credit', value_usd: '0.01', price_usd: '0.05', rounding: 'half_even' },
  margin: '0.80',
  plans: {
    starter: {
      name: 'Starter', price: '19', interval: '1 month', credits: 'from_margin', cost_budget: '3.80', providers: ['openai'], models: ['gpt-4-turbo'],
      max_tokens_per_request: 4000, next_plan: 'professional', features: ['ai'],
      limits: [{ name: 'monthly tokens', metric: 'tokens', window: 'period', limit: 5000, effect: 'overage', price: '0.001', per: 1000, warn_at: null },
        { name: 'monthly requests', metric: 'requests', window: 'period', limit: 1000, warn_at: null }],
    },
    professional: { name: 'Professional', price: '99', interval: '1 month', credits: 'from_margin', cost_budget: '19.80', limits: [] },
  },
  limits: [{ name: 'failures', scope: 'member', metric: 'failures', window: 'sliding 10 minutes', limit: 5, effect: 'block:15 minutes', warn_at: null }],
  actions: { chat: { credits: 2, range: null }, report: { credits: 2, feature: 'reports' } },
  packs: { small: { price: '29', credits: 500, bulk: [{ from: 10, price: '25' }] } },
  prices: [{ provider: 'openai', model: 'gpt-4-turbo', metric: 'input_tokens', price: '10', per: 1000000 },
    { provider: 'openai', model: 'gpt-4-turbo', metric: 'output_tokens', price: '30', per: 1000000 }],
};
const call = { provider: 'openai', model: 'gpt-4-turbo', usage: { input_tokens: 500, output_tokens: 2000 } };

// open: a paid account of starter: 380 credits.
async function open(...accounts) {
  for (const account of accounts) {
    await rest.owner.at(now, 'SELECT credits.open_account($1, $2, anchor => $3)', [account, 'starter', '2026-02-01T00:00Z']);
    await rest.owner.at(now, "SELECT credits.record_payment($1, 'subscription', 19, 'first')", [account]);
  }
}

before(async () => {
  if (skip) return;
  await rest.prepare(configuration);
  await open('ann', 'bob', 'eve');
  await rest.start();
}, { timeout: 120000 });
after(() => rest.end());

const starter = {
  name: 'Starter', price: 19, interval: '1 month', credits: 380,
  limits: { monthlyTokens: 5000, monthlyRequests: 1000, maxTokensPerRequest: 4000, providers: ['openai'], models: ['gpt-4-turbo'], features: ['ai'] },
  margin: { apiCostToYou: 3.8, yourPrice: 19, profitMargin: '80%' },
};
const professional = {
  name: 'Professional', price: 99, interval: '1 month', credits: 1980, limits: {}, margin: { apiCostToYou: 19.8, yourPrice: 99, profitMargin: '80%' },
};

test('a call, from authorize to the answers about it', { skip }, async () => {
  const asked = await rest.post('authorize', app, { account_id: 'ann', ...call });
  assert.equal(asked.status, 200);
  assert.deepEqual(asked.body, {
    success: true, outcome: 'ok', holdNo: 1, amount: 7, cost: 0.065, balance: 380, available: 373, level: 'normal', model: 'gpt-4-turbo', replayed: false,
  });
  const settled = { credits: { deducted: 6, remaining: 374, monthlyUsage: { tokens: 2500, requests: 1, cost: 0.065 } } };
  for (const attempt of [1, 2]) {
    const charged = await rest.post('settle', app, { account_id: 'ann', hold_no: 1, usage: call.usage });
    assert.deepEqual([charged.status, charged.body], [200, settled], `settle ${attempt}`);
  }
  const failed = await rest.post('authorize', app, { account_id: 'ann', action: 'chat' });
  const released = await rest.post('release', app, { account_id: 'ann', hold_no: failed.body.holdNo, reason: 'failed' });
  assert.deepEqual([released.status, released.body.credits.deducted, released.body.credits.remaining], [200, 0, 374]);

  const answers = {
    balance: { totalCredits: 380, usedCredits: 6, remainingCredits: 374, tier: 'starter', monthlyTokensUsed: 2500, monthlyRequestsUsed: 2, percentUsed: '1.58%' },
    usage: { month: '2026-02-01T00:00:00.000Z', totalTokens: 2500, totalRequests: 1, totalCost: 0.065, byProvider: { openai: { tokens: 2500, requests: 1, cost: 0.065 } } },
    current_tier: { tier: 'starter', level: 'normal', periodStart: '2026-02-01T00:00:00.000Z', periodEnd: '2026-03-01T00:00:00.000Z', ...starter },
    overage: {
      tier: 'starter', periodStart: '2026-02-01T00:00:00.000Z', periodEnd: '2026-03-01T00:00:00.000Z', overageCost: 0,
      limits: [{ name: 'monthly tokens', metric: 'tokens', used: 2500, limit: 5000, over: 0, price: 0.001, per: 1000 }],
    },
    'estimate?action=chat': { action: 'chat', low: 2, high: 2, source: 'catalogue', costLow: 0.02, costHigh: 0.02, callsLow: 190, callsHigh: 190 },
    packs: { small: { price: 29, credits: 500, expires: null, bulk: [{ from: 10, price: 25 }] } },
  };
  for (const [name, data] of Object.entries(answers)) {
    const [path, query] = name.split('?');
    for (const answer of [await rest.get(name, customer('ann')), await rest.post(path, customer('ann'), Object.fromEntries(new URLSearchParams(query)))]) {
      assert.deepEqual([answer.status, answer.body], [200, { success: true, data }], name);
      assert.match(answer.headers.get('content-type'), /^application\/json/);
    }
  }
});

test('tiers, one tier, the way to another', { skip }, async () => {
  const tiers = await rest.get('tiers', customer('ann'));
  assert.deepEqual(tiers.body, { success: true, profitMargin: '80%', data: { starter, professional } });
  const details = await rest.get('tier_details', customer('ann'), '?tier=professional');
  assert.deepEqual(details.body, { success: true, data: { tier: 'professional', ...professional } });
  assert.equal((await rest.get('tier_details', customer('ann'), '?tier=gold')).status, 404);
  const upgrade = await rest.post('upgrade', customer('ann'), { tier: 'professional' });
  assert.deepEqual([upgrade.status, upgrade.body.data.price, upgrade.body.data.checkout.client_reference_id], [200, 99, 'ann']);
  const url = 'https://shop.example/pay?tier={tier}&who={account_id}';
  const checkout = await rest.post('upgrade', customer('ann'), { tier: 'professional', checkout_url: url });
  assert.deepEqual(checkout.body, { success: true, checkoutUrl: 'https://shop.example/pay?tier=professional&who=ann' });
  for (const bad of [{ tier: 'starter' }, { tier: 'gold' }, { tier: 'professional', checkout_url: 'javascript:alert(1)' }]) {
    const refused = await rest.post('upgrade', customer('ann'), bad);
    assert.equal(refused.status, 400, JSON.stringify(bad));
    assert.ok(refused.body.message.length > 10 && refused.body.hint.length > 10);
  }
});

test('history, page by page', { skip }, async () => {
  const { body } = await rest.get('history', customer('ann'));
  assert.deepEqual(body.data.map(({ entryNo, kind, amount, balance }) => [entryNo, kind, amount, balance]), [[3, 'release', 0, 374], [2, 'settle', -6, 374], [1, 'grant', 380, 380]]);
  assert.deepEqual(body.data[1].usage, call.usage);
  const page = await rest.get('history', customer('ann'), '?before=3&entries=1');
  assert.deepEqual(page.body.data.map(({ entryNo }) => entryNo), [2]);
  assert.equal((await rest.get('history', customer('ann'), '?entries=0')).status, 400);
});

test('the tier that fits the use', { skip }, async () => {
  await open('hal');
  const ok = await rest.owner.at('2026-02-10T08:00Z', "SELECT credits.deduct('hal', provider => 'openai', model => 'gpt-4-turbo', usage => '{\"input_tokens\": 4000}') IS NOT NULL AS ok");
  assert.deepEqual(ok, [{ ok: true }]);
  const { status, body } = await rest.get('recommendations', customer('hal'));
  assert.equal(status, 200);
  assert.deepEqual([body.currentTier, body.currentSpend, body.projectedMonthlySpend, body.recommendedTier?.name], ['starter', 0.04, 0.11, 'Professional']);
});

const refusals = [
  [402, 'insufficient_credits', { amount: 10000 }],
  [403, 'feature_not_in_plan', { action: 'report' }],
  [403, 'provider_not_in_plan', { provider: 'anthropic', model: 'claude', usage: { input_tokens: 1 } }],
  [404, 'account_not_found', { account_id: 'zoe', amount: 1 }],
  [413, 'request_too_large', { ...call, usage: { input_tokens: 4001 } }],
];
for (const [status, outcome, values] of refusals) {
  test(`refused: ${outcome}`, { skip }, async () => {
    const answer = await rest.post('authorize', app, { account_id: 'ann', member_id: 'somebody', ...values });
    assert.equal(answer.status, status);
    assert.deepEqual([answer.body.success, answer.body.outcome, answer.body.detail.outcome], [false, outcome, outcome]);
    assert.ok(answer.body.message.length > 10);
  });
}

test('a key that was used otherwise, a hold that is not there, one that is settled', { skip }, async () => {
  const asked = await rest.post('authorize', app, { account_id: 'bob', amount: 1, idempotency_key: 'k' });
  const again = await rest.post('authorize', app, { account_id: 'bob', amount: 1, idempotency_key: 'k' });
  assert.deepEqual([again.status, again.body.holdNo, again.body.replayed], [200, asked.body.holdNo, true]);
  const other = await rest.post('authorize', app, { account_id: 'bob', amount: 2, idempotency_key: 'k' });
  assert.deepEqual([other.status, other.body.outcome], [409, 'idempotency_conflict']);
  assert.equal((await rest.post('settle', app, { account_id: 'bob', hold_no: asked.body.holdNo })).status, 200);
  const twice = await rest.post('settle', app, { account_id: 'bob', hold_no: asked.body.holdNo, amount: 5 });
  assert.deepEqual([twice.status, twice.body.success, twice.body.outcome], [409, false, 'hold_settled']);
  const late = await rest.post('release', app, { account_id: 'bob', hold_no: asked.body.holdNo });
  assert.deepEqual([late.status, late.body.outcome], [409, 'hold_settled']);
  for (const verb of ['settle', 'release']) {
    const missing = await rest.post(verb, app, { account_id: 'bob', hold_no: 99 });
    assert.deepEqual([missing.status, missing.body.outcome, missing.body.success], [404, 'hold_not_found', false], verb);
  }
});

test('what is no refusal is an error: 400', { skip }, async () => {
  for (const values of [{ amount: -1 }, { amount: '1e999' }, {}, { amount: 0.001 }]) {
    const answer = await rest.post('authorize', app, { account_id: 'bob', ...values });
    assert.equal(answer.status, 400, JSON.stringify(values));
    assert.ok(answer.body.message.length > 5);
  }
});

test('failed attempts are counted, and block', { skip }, async () => {
  for (let attempt = 1; attempt <= 5; attempt += 1) {
    const answer = await rest.post('authorize', app, { account_id: 'eve', member_id: 'mal', ...call, usage: { input_tokens: 5000 } });
    assert.equal(answer.status, 413, `attempt ${attempt}`);
  }
  const blocked = await rest.post('authorize', app, { account_id: 'eve', member_id: 'mal', amount: 1 });
  assert.deepEqual([blocked.status, blocked.body.outcome, blocked.body.limitName, blocked.body.retryAfter], [429, 'blocked', 'failures', 900]);
  assert.equal(blocked.headers.get('retry-after'), '900');
  const other = await rest.post('authorize', app, { account_id: 'eve', member_id: 'ida', amount: 1 });
  assert.equal(other.status, 200);
});

test('a paused platform: 503', { skip }, async () => {
  await rest.owner.at(now, "SELECT credits.pause('provider down')");
  const answer = await rest.post('authorize', app, { account_id: 'bob', amount: 1 });
  await rest.owner.at(now, 'SELECT credits.resume()');
  assert.deepEqual([answer.status, answer.body.outcome], [503, 'platform_paused']);
  assert.match(answer.body.message, /provider down/);
  assert.equal((await rest.post('authorize', app, { account_id: 'bob', amount: 1 })).status, 200);
});

test('two customers see their own', { skip }, async () => {
  for (const account of ['ann', 'bob']) {
    const { body } = await rest.get('history', customer(account));
    const [{ last }] = await rest.owner.query('SELECT max(entry_no)::int AS last FROM credits.ledger WHERE account_id = $1', [account]);
    assert.equal(body.data[0].entryNo, last);
  }
  const asked = await rest.get('balance', customer('ann'), '?account_id=bob');
  assert.equal(asked.status, 404);
  assert.equal((await rest.get('balance', customer('zoe'))).status, 404);
});

const strangers = {
  'nobody': [undefined, 401],
  'a token of another secret': [token({ role: 'check_customer', account_id: 'bob' }, { secret: 'another secret of more than 32 characters' }), 401],
  'a token that nobody signed': [token({ role: 'check_customer', account_id: 'bob' }, { header: { alg: 'none', typ: 'JWT' } }), 401],
  'a token that ended': [token({ role: 'check_customer', account_id: 'bob', exp: 1000000000 }), 401],
  'no token at all': ['abc', 401],
  'a customer of no account': [token({ role: 'check_customer' }), 401],
  'an account under another claim': [token({ role: 'check_customer', account: 'bob' }), 401],
  'a role that is not for the web': [token({ role: process.env.PGUSER, account_id: 'bob' }), 403],
  'an application': [app, 403],
};
for (const [title, [as, status]] of Object.entries(strangers)) {
  test(`no balance for ${title}`, { skip }, async () => {
    const answer = await rest.get('balance', as);
    assert.equal(answer.status, status, answer.text);
    assert.ok(answer.body.message.length > 5, answer.text);
    assert.equal(answer.text.includes('remainingCredits'), false);
  });
}

test('a changed claim breaks the signature', { skip }, async () => {
  const [header, , signature] = customer('ann').split('.');
  const [, claims] = customer('bob').split('.');
  assert.equal((await rest.get('balance', `${header}.${claims}.${signature}`)).status, 401);
});

test('what is for applications is not for customers', { skip }, async () => {
  for (const name of ['authorize', 'settle', 'release']) {
    const answer = await rest.post(name, customer('ann'), { account_id: 'ann', ...(name === 'authorize' ? { amount: 1 } : { hold_no: 1 }) });
    assert.deepEqual([answer.status, answer.body.code], [403, '42501'], name);
  }
});

test('claims and settings made by hand are worth nothing', { skip }, async () => {
  const direct = new Database({ role: 'postgres', connections: 1 });
  const seen = (login) => direct.query(`BEGIN; SET LOCAL SESSION AUTHORIZATION ${login}; SET LOCAL ROLE check_customer;
    SELECT set_config('request.jwt.claims', '{"role": "check_customer", "account_id": "bob"}', true)`)
    .then(() => direct.query('SELECT credits.current_account() AS account, (SELECT count(*)::int FROM credits.ledger) AS entries'))
    .then(([row]) => row).finally(() => direct.query('ROLLBACK'));
  await rest.owner.query('GRANT check_customer TO check_ann');
  assert.deepEqual(await seen('check_ann'), { account: null, entries: 0 });
  assert.equal((await seen('check_web')).account, 'bob');
  await direct.end();
});

test('the description names and explains every path', { skip }, async () => {
  const paths = {
    [customer('ann')]: ['balance', 'current_tier', 'estimate', 'history', 'overage', 'packs', 'recommendations', 'tier_details', 'tiers', 'upgrade', 'usage'],
    [app]: ['authorize', 'release', 'settle', 'stripe_webhook'],
  };
  for (const [as, names] of Object.entries(paths)) {
    const { status, body } = await rest.send('/', { as });
    assert.equal(status, 200);
    assert.equal(body.info.title, 'Prepaid credits');
    assert.match(body.info.description, /account that is signed in/);
    assert.deepEqual(Object.keys(body.paths).filter((path) => path !== '/').map((path) => path.replace('/rpc/', '')).sort().filter((name) => !names.includes(name)), []);
    for (const name of names) {
      for (const operation of Object.values(body.paths[`/rpc/${name}`])) {
        assert.ok(operation.summary.length > 3 && operation.summary.length < 60, `${name}: ${operation.summary}`);
        assert.ok(operation.description.length > 40, `${name}: ${operation.description}`);
        assert.equal(operation.description.startsWith('\n'), false, name);
      }
    }
  }
});
