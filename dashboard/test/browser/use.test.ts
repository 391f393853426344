// Using the page: refreshed without a jolt, by keyboard, on a phone, in the dark, by who does not see it.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, afterEach, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { House, refreshed, seen, sql, tokenOf } from './house.ts';

let house: House;
let axe: string;
before(async () => {
  house = await House.open();
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
});
afterEach(async () => {
  await house.closePages();
  assert.deepEqual(house.problems.splice(0), []);
});
after(() => house.close());

const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

interface Finding {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

// findings: everything that axe-core calls moderate or worse, with where it is.
async function findings(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const found = (await page.evaluate('axe.run(document, { resultTypes: ["violations"] }).then((result) => result.violations)')) as Finding[];
  return found.filter(({ impact }) => impact !== 'minor').flatMap(({ id, impact, nodes }) => nodes.map((node) => `${impact} ${id}: ${node.html} ${node.failureSummary}`));
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`accessible, ${colorScheme}: contrast, names, roles, landmarks`, async () => {
    const page = await house.board('dashboard_admin', { colorScheme });
    await page.locator('#hours summary').click();
    await page.locator('#days summary').click();
    assert.deepEqual(await findings(page), []);
    await page.getByRole('button', { name: 'Pause all calls' }).click();
    assert.deepEqual(await findings(page), []);
    await page.keyboard.press('Escape');
    await page.setViewportSize(phone.viewport);
    assert.deepEqual(await findings(page), []);
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    assert.deepEqual(await findings(page), []);
  });
}

test('accessible while paused, and with a server that is gone', async () => {
  await sql("SELECT credits.pause('test')");
  try {
    const page = await house.board('dashboard_admin', { colorScheme: 'dark' });
    await page.route(`${house.rest.address}/**`, (route) => route.abort());
    await page.getByRole('button', { name: 'Refresh' }).click();
    await page.getByRole('alert').filter({ hasText: /reached/ }).waitFor();
    assert.deepEqual(await findings(page), []);
  } finally {
    await sql('SELECT credits.resume()');
  }
});

test('dark when the device is, light when it is not, and as chosen from then on', async () => {
  const ground = (page: Page): Promise<string> => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const page = await house.board('dashboard_analyst', { colorScheme: 'dark' });
  const dark = await ground(page);
  await page.emulateMedia({ colorScheme: 'light' });
  const light = await ground(page);
  assert.notEqual(dark, light);
  await page.getByRole('button', { name: 'Theme: auto' }).click();
  await page.getByRole('button', { name: 'Theme: light' }).click();
  assert.equal(await ground(page), dark);
  await page.reload();
  await seen(page);
  assert.equal(await ground(page), dark);
});

for (const path of ['board', 'sign-in'] as const) {
  test(`a phone's width is enough: ${path}`, async () => {
    const page = path === 'board' ? await house.board('dashboard_admin', phone) : await house.blank(phone);
    if (path === 'sign-in') await page.goto(house.site.address);
    else await page.locator('#days summary').click();
    for (const width of [360, 320]) {
      await page.setViewportSize({ width, height: 740 });
      const wide = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert.equal(wide[0], width, `${wide}`);
    }
  });
}

test('buttons are large enough for a finger', async () => {
  const page = await house.board('dashboard_admin', phone);
  const sizes = await page.locator('button:visible, summary, .choice label').evaluateAll((all) => all.map((each) => [each.textContent, each.getBoundingClientRect().height] as const));
  assert.deepEqual(sizes.filter(([, height]) => height < 24), []);
});

test('a refresh moves neither focus nor scroll, and replaces nothing', async () => {
  const page = await house.board('dashboard_admin', { viewport: { width: 1000, height: 500 } });
  await page.locator('#days summary').click();
  const button = page.locator('#alerts li').nth(3).getByRole('button');
  await button.focus();
  await page.evaluate(() => {
    scrollTo(0, 900);
    const list = document.querySelector('#days .scroll');
    if (list) list.scrollTop = 120;
    for (const element of document.querySelectorAll('.board *')) element.setAttribute('data-kept', '');
  });
  await sql(`SELECT credits.record_cost('ember-04', 'openai', 'gpt-4o', '{"input_tokens": 99999}')`);
  const before = await page.locator('#summary-day').innerText();
  await page.evaluate(() => document.querySelector<HTMLButtonElement>('#refresh')?.click());
  await page.locator('#announcer').filter({ hasText: 'up to date' }).waitFor({ state: 'attached' });
  assert.notEqual(await page.locator('#summary-day').innerText(), before);
  assert.deepEqual(
    await page.evaluate(() => [scrollY, document.querySelector('#days .scroll')?.scrollTop, document.activeElement?.closest('li') === document.querySelectorAll('#alerts li')[3], document.querySelectorAll('.board *:not([data-kept])').length]),
    [900, 120, true, 0],
  );
});

test('asks again by itself, and not while nobody sees it', async () => {
  const page = await house.blank();
  await page.clock.install();
  let asked = 0;
  page.on('request', (request) => {
    if (request.url().includes('/margin_health')) asked += 1;
  });
  await page.goto(house.site.address);
  await page.evaluate((token) => void (location.hash = `token=${token}`), tokenOf('dashboard_analyst'));
  await seen(page);
  assert.equal(asked, 1);
  const turn = (state: string): Promise<void> =>
    page.evaluate((value) => {
      Object.defineProperty(document, 'visibilityState', { value, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }, state);
  // pass: time goes by, and figures of a later time are there.
  const pass = async (time: number): Promise<void> => {
    const before = await page.locator('#as-of').innerText();
    await page.clock.fastForward(time);
    await page.locator('#as-of').filter({ hasNotText: before }).waitFor();
  };
  await pass(30_000);
  assert.equal(asked, 2);
  await turn('hidden');
  await page.clock.fastForward(300_000);
  assert.equal(asked, 2);
  await turn('visible');
  await pass(1);
  assert.equal(asked, 3);
});

test('by keyboard alone: sign in, skip to the figures, choose a length, pause and resume', async () => {
  const page = await house.blank();
  await page.goto(house.site.address);
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await page.keyboard.type(tokenOf('dashboard_admin'));
  await page.keyboard.press('Enter');
  await seen(page);
  const focused = (): Promise<string> => page.evaluate(() => document.activeElement?.textContent?.trim() ?? '');
  const reach = async (text: RegExp, key = 'Tab'): Promise<void> => {
    for (let steps = 0; steps < 60 && !text.test(await focused()); steps += 1) await page.keyboard.press(key);
    assert.match(await focused(), text);
  };
  await reach(/^Skip to the figures$/, 'Shift+Tab');
  await page.keyboard.press('Enter');
  await reach(/^Pause all calls …$/);
  await page.keyboard.press('Enter');
  await page.keyboard.type('by keyboard');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.locator('#brake[data-paused=true]').waitFor();
  await reach(/^Resume calls …$/);
  await page.keyboard.press('Enter');
  await reach(/^Resume calls$/);
  await page.keyboard.press('Enter');
  await page.locator('#brake[data-paused=false]').waitFor();
  await page.locator('#hours input').first().focus();
  await page.keyboard.press('ArrowRight');
  await page.locator('#hours .legend').filter({ hasText: 'All 48' }).waitFor();
});

test('changes are told to who does not see them', async () => {
  const page = await house.board('dashboard_admin');
  await sql("SELECT credits.pause('told')");
  await page.evaluate(() => {
    const said: string[] = [];
    Object.assign(globalThis, { said });
    const region = document.querySelector('#announcer');
    if (region) new MutationObserver(() => region.textContent && said.push(region.textContent)).observe(region, { childList: true, characterData: true, subtree: true });
  });
  try {
    await refreshed(page);
    assert.ok((await page.evaluate(() => (globalThis as unknown as { said: string[] }).said)).includes('Calls are paused.'));
  } finally {
    await sql('SELECT credits.resume()');
  }
});
