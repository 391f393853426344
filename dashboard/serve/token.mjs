// Access tokens for a PostgREST that was started here: JSON Web Tokens, signed with its secret (HS256).
import { createHmac } from 'node:crypto';

const encoded = (/** @type {string | Buffer} */ value) => Buffer.from(value).toString('base64url');

/**
 * @param {Record<string, unknown>} claims
 * @param {string} secret
 */
export function token(claims, secret) {
  const text = `${encoded(JSON.stringify({ alg: 'HS256', typ: 'JWT' }))}.${encoded(JSON.stringify(claims))}`;
  return `${text}.${encoded(createHmac('sha256', secret).update(text).digest())}`;
}

/** @param {number} hours */
export const expiry = (hours) => Math.floor(Date.now() / 1000) + Math.round(hours * 3600);
