// What is said to who listens instead of looking: only changes, never a refresh as such.
import { byId } from './dom.ts';

export function announce(text: string | undefined): void {
  if (text === undefined) return;
  const region = byId('announcer', HTMLElement);
  // The same sentence twice in a row is said twice.
  region.textContent = '';
  window.setTimeout(() => {
    region.textContent = text;
  }, 50);
}
