// The customer's life by connections straight to the server: both shapes of events, and each way to tell whose they are.
import { after, before } from 'node:test';
import { tellLife, worldOf } from './life_story.mjs';
import { Shop } from './shop.mjs';

const shop = new Shop();
before(() => shop.prepare());
after(() => shop.end());

for (const shape of ['old', 'new']) {
  for (const link of ['subscription', 'session', 'reference']) {
    tellLife(`${shape} shape, linked by ${link}`, () => worldOf(shop, { key: `${shape}${link}`, shape, link }));
  }
}
