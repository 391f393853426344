// A database in which nothing is configured and nobody has called: each panel says so, and nothing is missing.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { exact, House, seen, sql } from './house.ts';

const database = 'check_dashboard_empty';
let house: House;

before(async () => {
  await sql(`DROP DATABASE IF EXISTS ${database}`);
  await sql(`CREATE DATABASE ${database}`);
  process.env['PGDATABASE'] = database;
  for (const step of ['CREATE EXTENSION pg_credits', 'SELECT credits.migrate()', "SELECT credits.grant_access('dashboard_admin', 'admin')"]) await sql(step);
  house = await House.open();
});
after(() => house.close());

test('each panel says that there is nothing', async () => {
  const page = await house.board('dashboard_admin');
  const texts: Record<string, RegExp> = {
    'summary-day': /Nothing yet/,
    'summary-month': /Nothing yet/,
    brake: /No warning and no stop is configured/,
    alerts: /No alert is open/,
    providers: /No calls this month/,
    models: /No calls this month/,
    actions: /No calls this month/,
    'top-accounts': /No account has made a call/,
    levels: /There are no accounts yet/,
    guarantee: /No guarantee is configured/,
  };
  for (const [panel, text] of Object.entries(texts)) await page.locator(`#${panel}`).filter({ hasText: text }).waitFor();
  assert.deepEqual(await exact(page, 'day-profit'), ['0']);
  assert.deepEqual(await exact(page, 'day-margin'), ['']);
  assert.equal(await page.locator('[data-problem]').count(), 0);
  assert.equal(await page.locator('#summary-day .pill').textContent(), '✓Good');
  assert.deepEqual(house.problems, []);
});

test('a brake that has but a least margin counts nothing, and shows no spending', async () => {
  await sql(`SELECT credits.configure('{"brake": {"min_margin": "0.20"}}')`);
  const page = await house.board('dashboard_admin');
  await page.locator('#brake').filter({ hasText: 'No warning and no stop is configured' }).waitFor();
  assert.doesNotMatch(await page.locator('#brake').innerText(), /Spent today/);
});

test('then somebody calls, and the panels fill', async () => {
  const page = await house.board('dashboard_admin');
  await sql(`SELECT credits.configure('{"brake": {"day": {"warn": 1}}, "guarantee": {"profit": "1"}, "actions": {"chat": {"credits": 1, "cost": "0.02"}}}')`);
  await sql("SELECT credits.open_account('ann')");
  await sql("SELECT credits.grant('ann', 10)");
  await sql("SELECT credits.deduct('ann', action => 'chat')");
  await page.getByRole('button', { name: 'Refresh' }).click();
  await page.locator('#actions').filter({ hasText: 'chat' }).waitFor();
  await page.locator('#guarantee').filter({ hasText: 'No account has paid this month' }).waitFor();
  assert.deepEqual(await exact(page, 'day-cost'), [await sql("SELECT sum(cost::numeric) FROM credits.ledger WHERE kind = 'deduct'")]);
  assert.match(await page.locator('#summary-day').innerText(), /Warning[^]*Cost without revenue/);
  assert.match(await page.locator('#brake').innerText(), /warning at \$1\.00/);
  await seen(page);
});
