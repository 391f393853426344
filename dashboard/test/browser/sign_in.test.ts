// Signing in and out: by form and by link, with tokens that are good, wrong, expired, or of a role that may not look.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { expiry, token } from '../../serve/token.mjs';
import { House, secret, seen, sql, tokenOf } from './house.ts';

let house: House;
before(async () => {
  house = await House.open();
});
afterEach(async () => {
  await house.closePages();
  assert.deepEqual(house.problems.splice(0), []);
});
after(() => house.close());

async function signIn(page: Page, text: string): Promise<void> {
  await page.getByLabel('Access token').fill(text);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

const stored = (page: Page): Promise<string> => page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }, document.cookie]));

test('by the form, which knows the server from the file beside the page', async () => {
  const page = await house.blank();
  await page.goto(house.site.address);
  assert.equal(await page.getByLabel('Address of PostgREST').inputValue(), house.rest.address);
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'token');
  const text = tokenOf('dashboard_analyst');
  await signIn(page, text);
  await seen(page);
  const [session, local] = JSON.parse(await stored(page)) as [Record<string, string>, Record<string, string>];
  assert.ok(Object.values(session).includes(text));
  assert.deepEqual(local, {});
  await page.reload();
  await seen(page);
});

test('by a link, whose token leaves the address and the history at once', async () => {
  const page = await house.board('dashboard_analyst');
  assert.equal(page.url(), `${house.site.address}/`);
  assert.equal(await page.evaluate(() => history.length), 2);
});

test('logging out forgets the token, and going back does not bring it back', async () => {
  const page = await house.board('dashboard_admin');
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  assert.doesNotMatch(await stored(page), /ey[\w-]+\.ey/);
  assert.equal(await page.locator('#brake').count(), 0);
  await page.reload();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
});

for (const [name, text, said] of [
  ['no token at all', 'password', /three parts/],
  ['a forged token', token({ role: 'dashboard_admin', exp: expiry(1) }, 'another secret, also with more than 32 characters'), /does not accept this token/],
  ['an expired token', tokenOf('dashboard_admin', -1), /has expired/],
  ['a role that may not look', tokenOf('dashboard_nobody'), /not allowed/],
] as const) {
  test(`refused: ${name}`, async () => {
    const page = await house.blank();
    await page.goto(house.site.address);
    await signIn(page, text);
    await page.getByRole('alert').filter({ hasText: said }).waitFor();
    assert.equal(await page.getByRole('heading', { name: 'Sign in' }).isVisible(), true);
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'token');
    assert.doesNotMatch(await stored(page), /ey[\w-]+\.ey/);
  });
}

test('refused: a link with an expired token', async () => {
  const page = await house.blank();
  await page.goto(`${house.site.address}/#token=${tokenOf('dashboard_admin', -1)}`);
  await page.getByRole('alert').filter({ hasText: /has expired/ }).waitFor();
  assert.equal(page.url(), `${house.site.address}/`);
});

test('a token that expires while the page is open ends the session', async () => {
  const page = await house.blank();
  await page.goto(house.site.address);
  await signIn(page, token({ role: 'dashboard_analyst', exp: expiry(1) }, secret));
  await seen(page);
  await page.route(`${house.rest.address}/**`, (route) =>
    route.continue({ headers: { ...route.request().headers(), authorization: `Bearer ${tokenOf('dashboard_analyst', -1)}` } }),
  );
  await page.getByRole('button', { name: 'Refresh' }).click();
  await page.getByRole('alert').filter({ hasText: /has expired/ }).waitFor();
  assert.equal(await page.locator('.board').count(), 0);
});

test('no server there: said so at sign-in; later the figures stay, with a word of when they are from', async () => {
  const page = await house.blank();
  await page.goto(house.site.address);
  await page.getByLabel('Address of PostgREST').fill('http://127.0.0.1:9');
  await page.route('http://127.0.0.1:9/**', (route) => route.abort());
  await signIn(page, tokenOf('dashboard_analyst'));
  await page.getByRole('alert').filter({ hasText: /cannot be reached/ }).waitFor();
  house.problems.length = 0;

  const board = await house.board('dashboard_analyst');
  const before = await board.locator('#summary-month').innerText();
  await board.route(`${house.rest.address}/**`, (route) => route.abort());
  await board.getByRole('button', { name: 'Refresh' }).click();
  await board.getByRole('alert').filter({ hasText: /cannot be reached\. Figures are those of \d\d:\d\d:\d\d/ }).waitFor();
  assert.equal(await board.locator('#summary-month').innerText(), before);
  await board.reload();
  await board.getByRole('alert').filter({ hasText: /cannot be reached/ }).waitFor();
  await board.unroute(`${house.rest.address}/**`);
  await board.getByRole('button', { name: 'Refresh' }).click();
  await seen(board);
  assert.equal(await board.getByRole('alert').filter({ hasText: /reached/ }).count(), 0);
});

test('a view that the role may not read says so in its panel, and the others go on', async () => {
  await sql('REVOKE SELECT ON credits.top_accounts FROM dashboard_analyst');
  try {
    const page = await house.board('dashboard_analyst');
    await page.locator('#top-accounts[data-problem=forbidden]').filter({ hasText: /not allowed/ }).waitFor();
    assert.equal(await page.locator('#providers[data-problem]').count(), 0);
  } finally {
    await sql('GRANT SELECT ON credits.top_accounts TO dashboard_analyst');
  }
});
