// The packages from outside: where NODE_PATH leads, which only require() follows. Nothing else here names them.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

export const Stripe = require('stripe');
export const { Pool } = require('pg');
