// A figure on the page: shown as people read it, with the exact value beside it for programs and for who points at it.
import { sign } from '../logic/decimal.ts';
import { usd } from '../logic/format.ts';
import { make, setAttribute, setText } from './dom.ts';

export interface Figure {
  readonly element: HTMLDataElement;
  readonly set: (value: string | null) => void;
}

// isSigned: of a figure below zero the colour says so too, beside its minus sign.
export function figure(name: string, format: (value: string | null) => string = usd, isSigned = false): Figure {
  const element = make('data', { class: 'figure', 'data-figure': name });
  return {
    element,
    set(value) {
      setText(element, format(value));
      setAttribute(element, 'value', value ?? '');
      setAttribute(element, 'title', value === null ? undefined : format === usd ? `${value} USD` : undefined);
      if (isSigned) element.classList.toggle('negative', value !== null && sign(value) < 0);
    },
  };
}
