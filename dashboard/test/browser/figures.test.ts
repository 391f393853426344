// Figures on the page against sums over the ledger and the books of revenue, by queries that know no view of them.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { compare } from '../../src/logic/decimal.ts';
import { exact, House, refreshed, rows, shown, sql } from './house.ts';

let house: House;
let page: Page;
before(async () => {
  house = await House.open();
  page = await house.board('dashboard_analyst');
});
afterEach(() => assert.deepEqual(house.problems, []));
after(() => house.close());

const same = (found: string | undefined, wanted: string | undefined, what: string): void => {
  assert.ok(found !== undefined && wanted !== undefined, `${what}: ${found} and ${wanted}`);
  assert.equal(compare(found, wanted), 0, `${what}: the page has ${found}, the books ${wanted}`);
};

const calls = "credits.ledger l WHERE l.kind IN ('deduct', 'settle', 'cost')";
const at = 'coalesce(l.effective_at, l.created_at)';
const since = (unit: string): string => `date_trunc('${unit}', credits.now(), 'UTC')`;

for (const period of ['day', 'month'] as const) {
  test(`cost, revenue, profit and margin of the ${period}`, async () => {
    const [row] = await rows(`SELECT u.cost, r.revenue, r.revenue - u.cost, round((r.revenue - u.cost) / nullif(r.revenue, 0) * 100, 2)
      FROM (SELECT coalesce(sum(l.cost::numeric), 0) AS cost FROM ${calls} AND ${at} >= ${since(period)}) u,
           (SELECT coalesce(sum(r.amount::numeric), 0) AS revenue FROM credits.revenue r WHERE r.occurred_at >= ${since(period)}) r`);
    assert.ok(row);
    for (const [place, name] of ['cost', 'revenue', 'profit', 'margin'].entries()) {
      const [found] = await exact(page, `${period}-${name}`);
      if (row[place] === '') assert.equal(found, '');
      else same(found, row[place], name);
    }
    const rounded = await sql(`SELECT '$' || to_char(round(${row[1]}, 2), 'FM999,999,990.00')`);
    assert.deepEqual(await shown(page, `${period}-revenue`), [rounded]);
  });
}

for (const [panel, column, unnamed] of [['providers', 'provider', 'no provider named'], ['models', 'model', 'no model named'], ['actions', 'action', 'no operation named']] as const) {
  test(`cost by ${column}: the largest by name, the others together, and all of them the month's cost`, async () => {
    const provider = column === 'model' ? 'provider, ' : '';
    const wanted = await rows(`SELECT coalesce(${column}, '${unnamed}'), sum(l.cost::numeric) FROM ${calls} AND ${at} >= ${since('month')} GROUP BY ${provider}${column} ORDER BY 2 DESC`);
    const names = await page.locator(`#${panel} tbody .name`).allInnerTexts();
    const costs = await exact(page, `${panel}-cost`);
    const shownByName = wanted.length > 9 ? 8 : wanted.length;
    assert.deepEqual(names.slice(0, shownByName), wanted.slice(0, shownByName).map(([name]) => name));
    wanted.slice(0, shownByName).forEach(([name, cost], place) => same(costs[place], cost, name ?? ''));
    const [month] = await exact(page, 'month-cost');
    same(await sql(`SELECT ${costs.join(' + ')}`), month, 'all');
  });
}

test('top accounts, with what they paid', async () => {
  const wanted = await rows(`SELECT l.account_id, sum(l.cost::numeric) AS cost, (SELECT coalesce(sum(r.amount::numeric), 0) FROM credits.revenue r WHERE r.account_id = l.account_id AND r.occurred_at >= ${since('month')})
    FROM ${calls} AND ${at} >= ${since('month')} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10`);
  assert.equal(wanted.length, 10);
  assert.deepEqual(await page.locator('#top-accounts tbody .name').allInnerTexts(), wanted.map(([account]) => account));
  const [costs, revenues] = [await exact(page, 'account-cost'), await exact(page, 'account-revenue')];
  wanted.forEach(([account, cost, revenue], place) => {
    same(costs[place], cost, `${account}'s cost`);
    same(revenues[place], revenue, `${account}'s revenue`);
  });
});

test('accounts by restriction level', async () => {
  const wanted = await rows('SELECT b.level, count(*) FROM credits.wallet w, credits.balance(w.account_id) b GROUP BY 1 ORDER BY 2 DESC, 1');
  const found = await page.locator('#levels tbody tr').evaluateAll((all) => all.map((row) => [row.children[0]?.textContent ?? '', row.children[1]?.textContent ?? '']));
  assert.deepEqual(found.map(([level, accounts]) => [level?.toLowerCase().replace(' ', '_'), accounts]), wanted);
  assert.ok(wanted.length > 1, 'some account is restricted');
});

test('the guarantee counts each paying account once', async () => {
  const paying = await sql(`SELECT count(*) FROM (SELECT account_id FROM credits.revenue WHERE occurred_at >= ${since('month')} GROUP BY 1 HAVING sum(amount::numeric) > 0) p`);
  assert.match(await page.locator('#guarantee').innerText(), new RegExp(`Met for \\d+ of ${paying} paying accounts`));
  const lowest = await sql(`SELECT profit FROM credits.profit_guarantee WHERE month = (${since('month')} AT TIME ZONE 'UTC')::date ORDER BY met, profit, account_id LIMIT 1`);
  same((await exact(page, 'guarantee-profit'))[0], lowest, 'lowest profit');
});

for (const [panel, lengths, unit, table] of [['hours', [24, 48], 'hour', 'h'], ['days', [30, 90], 'day', 'd']] as const) {
  test(`by ${unit}: each row of the table, and the sums under the chart, for both lengths`, async () => {
    await page.locator(`#${panel} summary`).click();
    for (const length of lengths) {
      await page.getByRole('radio', { name: `${length} ${table}`, exact: true }).check();
      await page.locator(`#${panel} .legend`).filter({ hasText: `All ${length}` }).waitFor();
      const wanted = await rows(`SELECT t.at, (SELECT coalesce(sum(l.cost::numeric), 0) FROM ${calls} AND date_trunc('${unit}', ${at}, 'UTC') = t.at),
          (SELECT coalesce(sum(r.amount::numeric), 0) FROM credits.revenue r WHERE date_trunc('${unit}', r.occurred_at, 'UTC') = t.at)
        FROM generate_series(${since(unit)} - interval '${length - 1} ${unit}', ${since(unit)}, '1 ${unit}') t(at) ORDER BY 1 DESC`);
      const [costs, revenues] = [await exact(page, `${panel}-row-cost`), await exact(page, `${panel}-row-revenue`)];
      assert.equal(costs.length, length);
      wanted.forEach(([moment, cost, revenue], place) => {
        same(costs[place], cost, `cost of ${moment}`);
        same(revenues[place], revenue, `revenue of ${moment}`);
      });
      const [total] = await exact(page, `${panel}-cost`);
      same(total, await sql(`SELECT ${wanted.map(([, cost]) => cost).join(' + ')}`), 'all');
    }
    await page.locator(`#${panel} summary`).click();
  });
}

test('a chart says in words what it shows, and draws something', async () => {
  for (const panel of ['hours', 'days']) {
    const label = await page.locator(`#${panel} [role=img]`).getAttribute('aria-label');
    assert.match(label ?? '', /cost \$[\d.,]+, revenue \$[\d.,]+, profit/);
    const painted = await page.locator(`#${panel} canvas`).evaluateAll((all) =>
      all.map((each) => {
        const canvas = each as HTMLCanvasElement;
        return canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value > 0);
      }),
    );
    assert.deepEqual(painted, [true, true]);
  }
});

test('pointing at a chart shows the figures of that hour', async () => {
  const over = page.locator('#hours .u-over').first();
  const box = await over.boundingBox();
  assert.ok(box);
  await page.mouse.move(box.x + box.width - 1, box.y + box.height / 2);
  await page.locator('#hours .legend').filter({ hasNotText: 'All' }).waitFor();
  same((await exact(page, 'hours-cost'))[0], await sql(`SELECT coalesce(sum(l.cost::numeric), 0) FROM ${calls} AND ${at} >= ${since('hour')}`), 'this hour');
  await page.mouse.move(0, 0);
});

test('a call made meanwhile is there after the next refresh', async () => {
  const before = (await exact(page, 'month-cost'))[0];
  await sql(`SELECT credits.record_cost('ember-04', 'openai', 'gpt-4o', '{"input_tokens": 12345}')`);
  await refreshed(page);
  same((await exact(page, 'month-cost'))[0], await sql(`SELECT ${before} + 12345 * 5 / 1000000.0`), 'cost');
});
