// Light, dark, or as the device has it. The choice is kept for this browser; nothing else is.
import { setText } from './parts/dom.ts';

const themes = ['auto', 'light', 'dark'] as const;
type Theme = (typeof themes)[number];
const key = 'pg_credits.theme';
const words: Record<Theme, string> = { auto: 'Theme: auto', light: 'Theme: light', dark: 'Theme: dark' };

const read = (): Theme => themes.find((theme) => theme === localStorage.getItem(key)) ?? 'auto';

// theme: the button goes round; changed is told whenever colours are others, also by the device.
export function theme(button: HTMLButtonElement, changed: () => void): void {
  const apply = (chosen: Theme): void => {
    if (chosen === 'auto') document.documentElement.removeAttribute('data-theme');
    else document.documentElement.dataset['theme'] = chosen;
    setText(button, words[chosen]);
  };
  apply(read());
  button.addEventListener('click', () => {
    const next = themes[(themes.indexOf(read()) + 1) % themes.length] ?? 'auto';
    localStorage.setItem(key, next);
    apply(next);
    changed();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', changed);
}
