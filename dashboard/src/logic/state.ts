// The three states as words and signs, so that colour is never the only thing that tells them apart.

export type State = 'green' | 'yellow' | 'red';

export interface Look {
  readonly word: string;
  readonly icon: string;
}

const looks: Record<State, Look> = {
  green: { word: 'Good', icon: '✓' },
  yellow: { word: 'Warning', icon: '!' },
  red: { word: 'Critical', icon: '✕' },
};

export const isState = (text: string): text is State => text in looks;

export const lookOf = (state: State): Look => looks[state];

// change: a sentence for who listens instead of looking; nothing where there is nothing new.
export function change(subject: string, before: State | undefined, now: State): string | undefined {
  return before === undefined || before === now ? undefined : `${subject}: ${looks[now].word.toLowerCase()}, was ${looks[before].word.toLowerCase()}.`;
}

export type Level = 'none' | 'restricted' | 'blocked';

// severity: how a restriction level is marked; what the application calls its levels is its own matter.
export function severity(level: string): Level {
  if (level === 'normal') return 'none';
  return level === 'payment_required' ? 'blocked' : 'restricted';
}
