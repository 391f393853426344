// The customer's life through a pooler in transaction mode: no statement can count on anything that an earlier one left in
// the session, for the next one may be another.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { tellLife, worldOf } from './life_story.mjs';
import { Shop } from './shop.mjs';

const shop = new Shop({ pooled: true, connections: 8 });
before(() => shop.prepare());
after(() => shop.end());

test('many connections share few sessions of the server', async () => {
  const sessions = await Promise.all(Array.from({ length: 64 }, () => shop.database.query('SELECT pg_backend_pid() AS session, pg_sleep(0.001)')));
  const distinct = new Set(sessions.map(([{ session }]) => session)).size;
  assert.ok(distinct <= 2, `${distinct} sessions`);
});

for (const shape of ['old', 'new']) tellLife(`pooled, ${shape} shape`, () => worldOf(shop, { key: `pooled${shape}`, shape, link: 'subscription' }));

test('nothing of a transaction is left in a session', async () => {
  const rows = await Promise.all(Array.from({ length: 16 }, () => shop.database.query("SELECT coalesce(current_setting('pg_credits.now', true), '') AS now")));
  assert.deepEqual([...new Set(rows.map(([{ now }]) => now))], ['']);
});
