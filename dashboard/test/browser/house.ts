// What a test of the page has: the built page, a real PostgREST before the database of PGDATABASE, and a browser. Owns their
// processes; knows the roles, nothing of what is tested. The database's clock stands still (scripts/dashboard.sh).
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core';
import { startPages } from '../../serve/pages.mjs';
import { startPostgrest } from '../../serve/postgrest.mjs';
import { expiry, token } from '../../serve/token.mjs';

export const secret = 'a secret of the tests, with more than 32 characters';
export type Role = 'dashboard_admin' | 'dashboard_analyst' | 'dashboard_nobody';

// The browser must reach for nothing by itself, and as root it has no sandbox.
const switches = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

const run = promisify(execFile);

// sql: the answer's single value as text.
export async function sql(query: string): Promise<string> {
  const { stdout } = await run('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-c', query]);
  return stdout.trim();
}

// rows: the answer as arrays of text; null is empty.
export async function rows(query: string): Promise<string[][]> {
  const text = await sql(query);
  return text === '' ? [] : text.split('\n').map((line) => line.split('|'));
}

export const tokenOf = (role: string, hours = 1): string => token({ role, exp: expiry(hours) }, secret);

export class House {
  readonly problems: string[] = [];
  #contexts: BrowserContext[] = [];

  constructor(
    readonly rest: { address: string; stop: () => Promise<void> },
    readonly site: { address: string; stop: () => Promise<void> },
    readonly browser: Browser,
  ) {}

  static async open(): Promise<House> {
    const rest = await startPostgrest({ authenticator: 'dashboard_web', anonymous: 'dashboard_nobody', secret });
    const site = await startPages({ folder: process.env['DASHBOARD_PAGE'] ?? 'dist', config: { server: rest.address } });
    const browser = await chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args: switches });
    return new House(rest, site, browser);
  }

  // blank: a page of a browser of its own, where nobody has signed in. What it throws is kept in problems.
  async blank(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.browser.newContext({ viewport: { width: 1280, height: 900 }, timezoneId: 'Pacific/Auckland', ...options });
    this.#contexts.push(context);
    const page = await context.newPage();
    page.on('pageerror', (cause) => this.problems.push(cause.message));
    page.on('request', (request) => {
      const known = [this.rest.address, this.site.address, 'data:'].some((start) => request.url().startsWith(start));
      if (!known) this.problems.push(`the page asks for ${request.url()}`);
    });
    return page;
  }

  // board: signed in by a link, with all figures there.
  async board(role: Role, options: BrowserContextOptions = {}): Promise<Page> {
    const page = await this.blank(options);
    await page.goto(`${this.site.address}/#token=${tokenOf(role)}`);
    await seen(page);
    return page;
  }

  async closePages(): Promise<void> {
    await Promise.all(this.#contexts.map((context) => context.close()));
    this.#contexts = [];
  }

  async close(): Promise<void> {
    await this.browser.close();
    await Promise.all([this.site.stop(), this.rest.stop()]);
  }
}

export const seen = (page: Page): Promise<void> => page.locator('#as-of').filter({ hasText: /As of/ }).waitFor();

// exact: the values behind the figures of a name, in the order of the page.
export const exact = (page: Page, name: string): Promise<string[]> =>
  page.locator(`data[data-figure="${name}"]`).evaluateAll((found) => found.map((element) => element.getAttribute('value') ?? ''));

export const shown = (page: Page, name: string): Promise<string[]> => page.locator(`data[data-figure="${name}"]`).allInnerTexts();

// refreshed: asks again by the button, and waits until the answers are there.
export async function refreshed(page: Page): Promise<void> {
  const answered = page.waitForResponse((answer) => answer.url().includes('/restriction_levels'));
  await page.getByRole('button', { name: 'Refresh' }).click();
  await answered;
  await page.locator('#announcer').filter({ hasText: 'up to date' }).waitFor({ state: 'attached' });
}
