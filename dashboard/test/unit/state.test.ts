// States, failures and shares: what the page concludes from answers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failureOf, isOver, unreachable } from '../../src/logic/failure.ts';
import { shareRows } from '../../src/logic/shares.ts';
import { change, lookOf, severity } from '../../src/logic/state.ts';

test('each state has a word and a sign of its own', () => {
  const looks = (['green', 'yellow', 'red'] as const).map(lookOf);
  assert.equal(new Set(looks.map(({ word }) => word)).size, 3);
  assert.equal(new Set(looks.map(({ icon }) => icon)).size, 3);
});

test('only changes are announced', () => {
  assert.equal(change('Today', undefined, 'red'), undefined);
  assert.equal(change('Today', 'red', 'red'), undefined);
  assert.equal(change('Today', 'green', 'red'), 'Today: critical, was good.');
});

test('levels are marked by how hard they are', () => {
  assert.deepEqual(['normal', 'reduced_quality', 'payment_required'].map(severity), ['none', 'restricted', 'blocked']);
});

test('failures say what to do, and which of them end the session', () => {
  const expired = failureOf(401, { message: 'JWT expired', code: 'PGRST301' });
  assert.deepEqual([expired.kind, isOver(expired)], ['expired', true]);
  const forged = failureOf(401, { message: 'JWSError JWSInvalidSignature' });
  assert.deepEqual([forged.kind, isOver(forged)], ['rejected', true]);
  const denied = failureOf(403, { message: 'permission denied for view margin_health', code: '42501' });
  assert.deepEqual([denied.kind, isOver(denied)], ['forbidden', false]);
  assert.equal(failureOf(401, { message: 'permission denied for view margin_health', code: '42501' }).kind, 'forbidden');
  assert.equal(failureOf(404, {}).kind, 'missing');
  assert.match(failureOf(500, { message: 'it broke', hint: 'mend it' }).message, /it broke\. mend it\./);
  assert.equal(unreachable('http://x', new TypeError('fetch')).kind, 'unreachable');
  assert.match(unreachable('http://x', new DOMException('late', 'TimeoutError')).message, /in time/);
});

const row = (name: string | null, cost: string, provider?: string) => ({ name, cost, requests: '1', tokens: '10', ...(provider === undefined ? {} : { provider }) });

test('shares: what has no name has words, and the same name at two providers two rows', () => {
  const rows = shareRows([row('gpt', '3', 'openai'), row('gpt', '1', 'azure'), row(null, '0')], 'none named');
  assert.deepEqual(rows.map(({ name, detail, share }) => [name, detail, share]), [['gpt', 'openai', '75.0'], ['gpt', 'azure', '25.0'], ['none named', '', '0.0']]);
  assert.equal(new Set(rows.map(({ key }) => key)).size, 3);
});

test('shares: of many the largest, and the rest added up exactly', () => {
  const rows = shareRows(Array.from({ length: 30 }, (_, place) => row(`m${place}`, '0.1')), 'none');
  assert.equal(rows.length, 9);
  assert.deepEqual(rows[8], { key: 'others', name: '22 others', detail: '', cost: '2.2', requests: '22', tokens: '220', share: '73.3' });
  assert.equal(shareRows(Array.from({ length: 9 }, (_, place) => row(`m${place}`, '1')), 'none').length, 9);
  assert.deepEqual(shareRows([], 'none'), []);
});
