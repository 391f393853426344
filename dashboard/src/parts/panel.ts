// A section of the page with a heading, what it shows, and what it says where it has nothing to show.
import { Failure } from '../logic/failure.ts';
import { make, setText, show, type Child } from './dom.ts';

export class Panel {
  readonly element: HTMLElement;
  readonly body: HTMLElement;
  readonly head: HTMLElement;
  readonly #note: HTMLParagraphElement;

  constructor(id: string, title: string, ...children: Child[]) {
    this.head = make('header', {}, make('h2', { id: `${id}-title` }, title));
    this.#note = make('p', { class: 'note' }, 'Loading …');
    this.body = make('div', { class: 'body', hidden: true }, ...children);
    this.element = make('section', { id, class: 'panel', 'aria-labelledby': `${id}-title` }, this.head, this.#note, this.body);
  }

  // content: it has something to show.
  content(): void {
    show(this.body, true);
    show(this.#note, false);
    this.element.removeAttribute('data-problem');
  }

  // empty: there is nothing, and why.
  empty(text: string): void {
    this.#say(text);
    show(this.body, false);
    this.element.removeAttribute('data-problem');
  }

  // failed: what was there stays, as long as it was the same question.
  failed(cause: unknown): void {
    this.#say(cause instanceof Failure ? cause.message : String(cause));
    this.element.dataset['problem'] = cause instanceof Failure ? cause.kind : 'broken';
  }

  #say(text: string): void {
    setText(this.#note, text);
    show(this.#note, true);
  }
}
