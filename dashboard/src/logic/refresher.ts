// When the page asks again: every so often while somebody can see it, at once when it is seen again, never twice at a time.


export interface Visible {
  readonly visibilityState: string;
  addEventListener(type: 'visibilitychange', listener: () => void): void;
  removeEventListener(type: 'visibilitychange', listener: () => void): void;
}

export class Refresher {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: Promise<void> | undefined;
  #asked = false;
  #last = -Infinity;
  #ended = false;

  constructor(
    readonly work: () => Promise<void>,
    readonly every: number,
    readonly page: Visible,
  ) {
    page.addEventListener('visibilitychange', this.#seen);
  }

  // now: asks at once; while an answer is awaited, once more after it.
  now(): Promise<void> {
    if (this.#ended) return Promise.resolve();
    if (this.#running) {
      this.#asked = true;
      return this.#running;
    }
    this.#running = this.#round();
    return this.#running;
  }

  end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    this.page.removeEventListener('visibilitychange', this.#seen);
  }

  async #round(): Promise<void> {
    clearTimeout(this.#timer);
    do {
      this.#asked = false;
      await this.work();
    } while (this.#asked && !this.#ended);
    this.#running = undefined;
    this.#last = Date.now();
    this.#wait();
  }

  #wait(): void {
    if (!this.#ended && this.page.visibilityState === 'visible') this.#timer = setTimeout(() => void this.now(), this.every);
  }

  readonly #seen = (): void => {
    clearTimeout(this.#timer);
    if (this.#ended || this.#running || this.page.visibilityState !== 'visible') return;
    const left = this.#last + this.every - Date.now();
    if (left <= 0) void this.now();
    else this.#timer = setTimeout(() => void this.now(), left);
  };
}
