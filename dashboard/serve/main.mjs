// The demo's servers: PostgREST and the built page, on loopback, until a signal ends both. What ./demo --dashboard runs
// last; with --once both are asked whether they answer, and end.
import { randomBytes } from 'node:crypto';
import { startPages } from './pages.mjs';
import { startPostgrest } from './postgrest.mjs';
import { expiry, token } from './token.mjs';

const [folder, ...options] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: main.mjs FOLDER [--once]');

const hours = 12;
const secret = randomBytes(32).toString('base64url');
const rest = await startPostgrest({ authenticator: 'dashboard_web', anonymous: 'dashboard_nobody', secret });
const pages = await startPages({ folder, config: { server: rest.address } });
const stop = async () => {
  await Promise.all([pages.stop(), rest.stop()]);
};

const link = (/** @type {string} */ role) => `${pages.address}/#token=${token({ role, exp: expiry(hours) }, secret)}`;

async function answers() {
  const page = await (await fetch(pages.address)).text();
  const headers = { Authorization: `Bearer ${token({ role: 'dashboard_analyst', exp: expiry(hours) }, secret)}`, 'Accept-Profile': 'credits' };
  const answer = await fetch(`${rest.address}/margin_health?select=period,cost::text,state`, { headers });
  if (!page.includes('<main') || !answer.ok) throw new Error(`the page or PostgREST does not answer as it should: ${await answer.text()}`);
  return answer.text();
}

if (options.includes('--once')) {
  console.log(`margin_health: ${await answers().finally(stop)}`);
} else {
  console.log(`
PostgREST         ${rest.address}
The dashboard     ${pages.address}

Open one of these; each signs in by itself, for ${hours} hours:

  as an administrator, who may pause, resume and acknowledge
  ${link('dashboard_admin')}

  as an analyst, who may look
  ${link('dashboard_analyst')}

Ctrl-C ends both servers.`);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => void stop());
}
