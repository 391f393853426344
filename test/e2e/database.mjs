// The server as an application sees it: pools of connections, straight or through the pooler, and calls at a time of ours.
// Owns the clock: it is set for one transaction only, so that nothing of a session is needed and a pooler may share it.
import { Pool } from './packages.mjs';
import { timestamp } from './stripe/calendar.mjs';

const straight = { host: process.env.PGHOST, port: Number(process.env.PGPORT), database: process.env.PGDATABASE };
const throughPooler = { ...straight, host: process.env.PG_CREDITS_POOLER, port: 6432 };

export class Database {
  #pool;

  // role: postgres may everything; check_shop what an application may.
  constructor({ role = 'postgres', pooled = false, connections = 4 } = {}) {
    this.#pool = new Pool({ ...(pooled ? throughPooler : straight), user: role, max: connections });
  }

  // at: runs statements in one transaction whose time that is, and gives the rows of the last one. Numeric values are
  // texts here, and stay so.
  async at(moment, text, values = []) {
    const client = await this.#pool.connect();
    try {
      await client.query('BEGIN');
      await client.query("SELECT set_config('pg_credits.now', $1, true)", [timestamp(moment)]);
      const { rows } = await client.query(text, values);
      await client.query('COMMIT');
      client.release();
      return rows;
    } catch (error) {
      await client.query('ROLLBACK').then(() => client.release(), (broken) => client.release(broken));
      throw error;
    }
  }

  // one: the only column of the only row.
  async one(moment, text, values = []) {
    const rows = await this.at(moment, text, values);
    if (rows.length !== 1 || Object.keys(rows[0]).length !== 1) throw new Error(`not one value: ${JSON.stringify(rows)}`);
    return Object.values(rows[0])[0];
  }

  query(text, values = []) {
    return this.#pool.query(text, values).then(({ rows }) => rows);
  }

  end() {
    return this.#pool.end();
  }
}
