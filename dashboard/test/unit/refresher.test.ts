// When is asked again, by a clock that stands still until it is moved.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Refresher } from '../../src/logic/refresher.ts';

class Time {
  at = 0;
  #waiting = new Map<object, { at: number; work: () => void }>();

  now = (): number => this.at;

  set = (work: () => void, after: number): unknown => {
    const timer = {};
    this.#waiting.set(timer, { at: this.at + after, work });
    return timer;
  };

  clear = (timer: unknown): void => void this.#waiting.delete(timer as object);

  get waiting(): number {
    return this.#waiting.size;
  }

  async pass(time: number): Promise<void> {
    this.at += time;
    for (const [timer, { at, work }] of [...this.#waiting]) {
      if (at > this.at) continue;
      this.#waiting.delete(timer);
      work();
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

class Page extends EventTarget {
  visibilityState = 'visible';

  turn(state: string): void {
    this.visibilityState = state;
    this.dispatchEvent(new Event('visibilitychange'));
  }
}

function started(): { time: Time; page: Page; refresher: Refresher; asked: () => number; hold: (held: Promise<void>) => void } {
  const [time, page] = [new Time(), new Page()];
  let asked = 0;
  let held = Promise.resolve();
  const refresher = new Refresher(
    () => {
      asked += 1;
      return held;
    },
    30,
    page,
    time,
  );
  return { time, page, refresher, asked: () => asked, hold: (promise) => void (held = promise) };
}

test('asks every so often', async () => {
  const { time, refresher, asked } = started();
  await refresher.now();
  await time.pass(29);
  assert.equal(asked(), 1);
  await time.pass(1);
  await time.pass(30);
  assert.equal(asked(), 3);
});

test('asks nothing while nobody sees it, and at once when it is late', async () => {
  const { time, page, refresher, asked } = started();
  await refresher.now();
  page.turn('hidden');
  assert.equal(time.waiting, 0);
  await time.pass(100);
  assert.equal(asked(), 1);
  page.turn('visible');
  await time.pass(0);
  assert.equal(asked(), 2);
});

test('seen again before it is time, it waits for the rest', async () => {
  const { time, page, refresher, asked } = started();
  await refresher.now();
  page.turn('hidden');
  await time.pass(10);
  page.turn('visible');
  await time.pass(19);
  assert.equal(asked(), 1);
  await time.pass(1);
  assert.equal(asked(), 2);
});

test('never twice at a time; what is asked meanwhile is asked once more', async () => {
  const { refresher, asked, hold } = started();
  let release: () => void = () => undefined;
  hold(new Promise((resolve) => void (release = resolve)));
  const first = refresher.now();
  assert.equal(refresher.now(), first);
  void refresher.now();
  assert.equal(asked(), 1);
  hold(Promise.resolve());
  release();
  await first;
  assert.equal(asked(), 2);
});

test('ended, it asks no more', async () => {
  const { time, page, refresher, asked } = started();
  await refresher.now();
  refresher.end();
  await time.pass(100);
  page.turn('visible');
  await refresher.now();
  assert.equal(asked(), 1);
});
