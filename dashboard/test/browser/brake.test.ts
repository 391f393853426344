// What changes something: pausing and resuming, acknowledging alerts, and that only administrators are offered it.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { House, refreshed, rows, sql } from './house.ts';

let house: House;
before(async () => {
  house = await House.open();
});
afterEach(async () => {
  await house.closePages();
  assert.deepEqual(house.problems.splice(0), []);
});
after(() => house.close());

const openAlerts = (): Promise<string> => sql('SELECT count(*) FROM credits.alerts WHERE acknowledged_at IS NULL');

test('an analyst sees whether calls run, and no buttons', async () => {
  const page = await house.board('dashboard_analyst');
  assert.match(await page.locator('#brake').innerText(), /Running/);
  assert.equal(await page.locator('#alerts li').count(), 5);
  for (const name of [/Pause/, /Resume/, /Acknowledge/]) assert.equal(await page.getByRole('button', { name }).count(), 0, String(name));
});

test('the server refuses an analyst who asks all the same', async () => {
  await assert.rejects(sql("SET ROLE dashboard_analyst; SELECT credits.pause('x')"), /permission denied/);
});

test('an administrator pauses with a reason, and resumes', async () => {
  const page = await house.board('dashboard_admin');
  const watcher = await house.board('dashboard_analyst');
  await page.getByRole('button', { name: 'Pause all calls' }).click();
  const dialog = page.getByRole('dialog', { name: 'Pause all calls?' });
  await dialog.getByLabel('Reason').fill('  ');
  await dialog.getByRole('button', { name: 'Pause all calls' }).click();
  await dialog.getByRole('alert').filter({ hasText: /Say why/ }).waitFor();
  await dialog.getByLabel('Reason').fill("a leaked key's <b>loop</b>");
  await dialog.getByRole('button', { name: 'Pause all calls' }).click();
  await page.locator('#brake[data-paused=true]').waitFor();
  await dialog.waitFor({ state: 'detached' });
  assert.deepEqual(await rows('SELECT paused, reason FROM credits.platform_status'), [['t', "a leaked key's <b>loop</b>"]]);
  assert.match(await page.locator('#brake').innerText(), /Paused[^]*Reason: a leaked key's <b>loop<\/b>/);
  assert.equal(await sql("SELECT outcome FROM credits.authorize('ember-04', 1)"), 'platform_paused');

  await refreshed(watcher);
  await watcher.locator('#brake[data-paused=true]').waitFor();

  assert.equal(await page.getByRole('button', { name: 'Pause' }).count(), 0);
  await page.getByRole('button', { name: 'Resume calls' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Resume calls' }).click();
  await page.locator('#brake[data-paused=false]').waitFor();
  assert.equal(await sql('SELECT paused FROM credits.platform_status'), 'f');
});

test('a pause that fails says why and leaves the question open', async () => {
  const page = await house.board('dashboard_admin');
  await sql('REVOKE EXECUTE ON FUNCTION credits.pause(text) FROM dashboard_admin');
  try {
    await page.getByRole('button', { name: 'Pause all calls' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Reason').fill('test');
    await dialog.getByRole('button', { name: 'Pause all calls' }).click();
    await dialog.getByRole('alert').filter({ hasText: /not allowed/ }).waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    assert.equal(await sql('SELECT paused FROM credits.platform_status'), 'f');
  } finally {
    await sql('GRANT EXECUTE ON FUNCTION credits.pause(text) TO dashboard_admin');
  }
});

test('an administrator acknowledges an alert, which leaves the list', async () => {
  const page = await house.board('dashboard_admin');
  const before = Number(await openAlerts());
  const [first] = await rows('SELECT account_id, alert_no FROM credits.alerts WHERE acknowledged_at IS NULL ORDER BY raised_at DESC, account_id, alert_no DESC LIMIT 1');
  const second = await page.locator('#alerts li').nth(1).innerText();
  await page.locator('#alerts li').first().getByRole('button', { name: /^Acknowledge/ }).click();
  await page.locator('#alerts .badge').filter({ hasText: String(before - 1) }).waitFor();
  assert.equal(await page.locator('#alerts li').first().innerText(), second);
  assert.equal(Number(await openAlerts()), before - 1);
  assert.equal(await sql(`SELECT acknowledged_by FROM credits.alerts WHERE account_id = '${first?.[0]}' AND alert_no = ${first?.[1]}`), 'dashboard_admin');
});

test('rights that are taken away take the buttons with them', async () => {
  const page = await house.board('dashboard_admin');
  await sql("SELECT credits.grant_access('dashboard_admin', 'analyst')");
  try {
    await refreshed(page);
    assert.equal(await page.getByRole('button', { name: /Pause/ }).count(), 0);
    assert.equal(await page.getByRole('button', { name: /^Acknowledge/ }).count(), 0);
  } finally {
    await sql("SELECT credits.grant_access('dashboard_admin', 'admin')");
  }
});
