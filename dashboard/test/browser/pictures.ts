// Takes the pictures of docs/images anew; by hand, as dashboard/README.md says. Argument: the folder to put them into.
import { join } from 'node:path';
import { House, sql } from './house.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: pictures.js FOLDER');

// Somebody sees to alerts.
await sql(`SELECT count(credits.acknowledge_alert(a.account_id, a.alert_no)) FROM (SELECT * FROM credits.alerts ORDER BY raised_at DESC, account_id OFFSET 2) a`);
const house = await House.open();
const screens = { desktop: { viewport: { width: 1120, height: 940 } }, phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true } };
try {
  for (const [name, screen] of Object.entries(screens)) {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await house.board('dashboard_admin', { ...screen, colorScheme });
      await page.screenshot({ path: join(folder, `dashboard-${name}-${colorScheme}.png`) });
    }
  }
} finally {
  await house.close();
}
