// A choice of a few, as radio buttons that look like one switch.
import { make } from './dom.ts';

export interface Option {
  readonly value: number;
  readonly label: string;
}

export function choice(name: string, legend: string, options: readonly Option[], chosen: number, changed: (value: number) => void): HTMLFieldSetElement {
  const element = make('fieldset', { class: 'choice' }, make('legend', { class: 'unseen' }, legend));
  for (const { value, label } of options) {
    const input = make('input', { type: 'radio', name, value: String(value), checked: value === chosen });
    input.addEventListener('change', () => changed(value));
    element.append(make('label', {}, input, make('span', {}, label)));
  }
  return element;
}
