// Tokens, addresses and what is kept of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claimsOf, forget, lastServer, load, save, serverOf, takeToken } from '../../src/logic/session.ts';
import { token } from '../../serve/token.mjs';

test('a token says its role and until when', () => {
  const claims = claimsOf(token({ role: 'änne', exp: 1800000000 }, 'secret'));
  assert.deepEqual(claims, { role: 'änne', expiresAt: new Date('2027-01-15T08:00:00Z') });
  assert.deepEqual(claimsOf(token({ role: 7 }, 'secret')), { role: undefined, expiresAt: undefined });
});

test('what is no token', () => {
  for (const text of ['', 'abc', 'a.b', 'a.b.c', 'a.bm90IGpzb24.c', `a.${Buffer.from('"text"').toString('base64url')}.c`]) assert.equal(claimsOf(text), undefined, text);
});

test('addresses of servers', () => {
  const page = 'https://shop.example/dash/';
  assert.equal(serverOf('https://api.example/rest/', page), 'https://api.example/rest');
  assert.equal(serverOf('/api', page), 'https://shop.example/api');
  assert.equal(serverOf(' http://127.0.0.1:3000 ', page), 'http://127.0.0.1:3000');
  for (const bad of ['javascript:alert(1)', 'file:///etc/passwd', 'https://user:word@api.example', 'http://']) assert.equal(serverOf(bad, page), undefined, bad);
});

test('the token of a link is taken once and leaves no trace', () => {
  assert.deepEqual(takeToken('https://shop.example/?a=1#token=x.y.z'), { token: 'x.y.z', rest: 'https://shop.example/?a=1' });
  assert.deepEqual(takeToken('https://shop.example/#top'), { token: undefined, rest: 'https://shop.example/#top' });
  assert.deepEqual(takeToken('https://shop.example/#token='), { token: undefined, rest: 'https://shop.example/' });
  assert.deepEqual(takeToken('https://shop.example/'), { token: undefined, rest: 'https://shop.example/' });
});

test('logging out forgets the token and keeps the address', () => {
  const kept = new Map<string, string>();
  const storage = { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value), removeItem: (key: string) => void kept.delete(key) };
  assert.equal(load(storage), undefined);
  save(storage, { server: 'https://api.example', token: 'a.b.c' });
  assert.deepEqual(load(storage), { server: 'https://api.example', token: 'a.b.c' });
  forget(storage);
  assert.equal(load(storage), undefined);
  assert.equal(lastServer(storage), 'https://api.example');
  assert.ok(![...kept.values()].includes('a.b.c'));
});
