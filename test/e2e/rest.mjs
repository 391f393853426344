// PostgREST before the database, on loopback, as an application has it: roles, tokens, requests. Owns its process and its
// roles for one file of tests; knows nothing of what is asked.
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { Database } from './database.mjs';
import { postgrest } from './packages.mjs';

export const jwtSecret = 'a secret of the tests, with more than 32 characters';
const roles = ['check_web', 'check_anonymous', 'check_customer', 'check_app', 'check_ann'];
const base64 = (value) => Buffer.from(value).toString('base64url');

// token: signed with the secret, or with another one; header: of another algorithm.
export function token(claims, { secret = jwtSecret, header = { alg: 'HS256', typ: 'JWT' } } = {}) {
  const text = `${base64(JSON.stringify(header))}.${base64(JSON.stringify(claims))}`;
  return `${text}.${header.alg === 'none' ? '' : createHmac('sha256', secret).update(text).digest('base64url')}`;
}

export const customer = (account) => token({ role: 'check_customer', account_id: account });
export const app = token({ role: 'check_app' });

const freePort = () => new Promise((resolve, reject) => {
  const server = createServer().once('error', reject).listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

export class Rest {
  #process;
  #address;
  #said = '';

  // owner: a connection that may everything. now: the time of every request.
  constructor(now) {
    this.owner = new Database({ connections: 2 });
    this.now = now;
  }

  // program: undefined where PostgREST is not to be had.
  static get program() {
    return postgrest();
  }

  async prepare(configuration) {
    const { owner } = this;
    for (const role of roles) await owner.query(`DROP ROLE IF EXISTS ${role}`);
    await owner.query('CREATE ROLE check_web LOGIN NOINHERIT');
    for (const role of roles.slice(1)) await owner.query(`CREATE ROLE ${role}; GRANT ${role} TO check_web`);
    await owner.at(this.now, 'SELECT credits.configure($1::jsonb)', [JSON.stringify({ ...configuration, api: { authenticators: ['check_web'] } })]);
    await owner.query(`
      SELECT credits.grant_access('check_customer', 'customer'), credits.grant_access('check_app', 'app');
      GRANT USAGE ON SCHEMA credits_api TO check_anonymous;
      GRANT EXECUTE ON FUNCTION credits_api.stripe_webhook(json) TO check_anonymous;
      ALTER ROLE check_web SET pg_credits.now = '${this.now}'`);
  }

  async start() {
    const { PGHOST, PGPORT, PGDATABASE, PATH } = process.env;
    const port = await freePort();
    this.#address = `http://127.0.0.1:${port}`;
    // By the file that deploy/ offers; what is of this machine and of the tests is put over it.
    this.#process = spawn(postgrest(), [fileURLToPath(new URL('../../deploy/postgrest.conf', import.meta.url))], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH,
        PGRST_DB_URI: `postgres://check_web@/${PGDATABASE}?host=${PGHOST}&port=${PGPORT}`,
        PGRST_DB_ANON_ROLE: 'check_anonymous',
        PGRST_DB_POOL: '4',
        PGRST_JWT_SECRET: jwtSecret,
        PGRST_SERVER_PORT: String(port),
      },
    });
    process.once('exit', () => this.#process.kill());
    for (const stream of [this.#process.stdout, this.#process.stderr]) stream.on('data', (text) => { this.#said += text; });
    await this.#ready(Date.now() + 60000);
  }

  async #ready(deadline) {
    const status = await fetch(this.#address).then((answer) => answer.status, () => 0);
    if (status !== 0 && status !== 503) return;
    if (this.#process.exitCode !== null || Date.now() > deadline) throw new Error(`PostgREST does not come up:\n${this.#said}`);
    await new Promise((resolve) => { setTimeout(resolve, 50); });
    await this.#ready(deadline);
  }

  // send: status, headers, and the body as JSON.
  async send(path, { method = 'GET', as, headers = {}, body } = {}) {
    const answer = await fetch(this.#address + path, { method, headers: { ...(as ? { Authorization: `Bearer ${as}` } : {}), ...headers }, body });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, text, body: text === '' ? undefined : JSON.parse(text) };
  }

  get(name, as, query = '') {
    return this.send(`/rpc/${name}${query}`, { as });
  }

  post(name, as, values = {}) {
    return this.send(`/rpc/${name}`, { method: 'POST', as, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(values) });
  }

  async end() {
    if (this.#process && this.#process.exitCode === null) {
      const ended = new Promise((resolve) => { this.#process.once('exit', resolve); });
      this.#process.kill('SIGTERM');
      await ended;
    }
    await this.owner.query(roles.map((role) => `DROP OWNED BY ${role}; DROP ROLE ${role}`).join(';'));
    await this.owner.end();
  }
}
