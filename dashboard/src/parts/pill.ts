// A state as a coloured mark with a sign and a word.
import { lookOf, type State } from '../logic/state.ts';
import { make, setAttribute, setText } from './dom.ts';

export interface Pill {
  readonly element: HTMLElement;
  readonly set: (state: State, word?: string) => void;
}

export function pill(name: string): Pill {
  const icon = make('span', { class: 'icon', 'aria-hidden': 'true' });
  const word = make('span');
  const element = make('span', { class: 'pill', 'data-state-of': name }, icon, word);
  return {
    element,
    set(state, said) {
      setAttribute(element, 'data-state', state);
      setText(icon, lookOf(state).icon);
      setText(word, said ?? lookOf(state).word);
    },
  };
}
