// When the page asks again: every so often while somebody can see it, at once when it is seen again, never twice at a time.

export interface Visible {
  readonly visibilityState: string;
  addEventListener(type: 'visibilitychange', listener: () => void): void;
  removeEventListener(type: 'visibilitychange', listener: () => void): void;
}

export interface Timers {
  now(): number;
  set(work: () => void, after: number): unknown;
  clear(timer: unknown): void;
}

const realTimers: Timers = {
  now: () => Date.now(),
  set: (work, after) => setTimeout(work, after),
  clear: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
};

export class Refresher {
  #timer: unknown;
  #running: Promise<void> | undefined;
  #asked = false;
  #last = -Infinity;
  #ended = false;

  constructor(
    readonly work: () => Promise<void>,
    readonly every: number,
    readonly page: Visible,
    readonly timers: Timers = realTimers,
  ) {
    page.addEventListener('visibilitychange', this.#seen);
  }

  // now: asks at once; while an answer is awaited, once more after it.
  now(): Promise<void> {
    if (this.#ended) return Promise.resolve();
    if (this.#running) this.#asked = true;
    else this.#running = this.#round();
    return this.#running;
  }

  end(): void {
    this.#ended = true;
    this.timers.clear(this.#timer);
    this.page.removeEventListener('visibilitychange', this.#seen);
  }

  async #round(): Promise<void> {
    this.timers.clear(this.#timer);
    do {
      this.#asked = false;
      await this.work();
    } while (this.#asked && !this.#ended);
    this.#running = undefined;
    this.#last = this.timers.now();
    this.#wait();
  }

  // wait: until it is time again; not while nobody sees it.
  #wait(): void {
    this.timers.clear(this.#timer);
    if (this.#ended || this.page.visibilityState !== 'visible') return;
    const left = Math.max(0, this.#last + this.every - this.timers.now());
    this.#timer = this.timers.set(() => void this.now(), left);
  }

  readonly #seen = (): void => {
    if (!this.#running) this.#wait();
  };
}
