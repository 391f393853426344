// The questions before a pause and before a resume. They stay open, with what went wrong, until the answer was done.
import { make, setText, show } from '../parts/dom.ts';

export interface Actions {
  readonly pause: (reason: string) => Promise<void>;
  readonly resume: () => Promise<void>;
}

interface Question {
  readonly title: string;
  readonly text: string;
  readonly field?: HTMLTextAreaElement;
  readonly button: string;
  readonly isDanger: boolean;
  readonly act: () => Promise<void>;
}

function open({ title, text, field, button, isDanger, act }: Question): void {
  const problem = make('p', { class: 'problem', role: 'alert', hidden: true });
  const cancel = make('button', { type: 'button' }, 'Cancel');
  const submit = make('button', { type: 'submit', class: isDanger ? 'danger' : 'primary' }, button);
  const label = field ? [make('label', {}, make('span', {}, 'Reason'), field)] : [];
  const form = make('form', { method: 'dialog' }, make('h2', { id: 'dialog-title' }, title), make('p', { id: 'dialog-text' }, text), ...label, problem, make('p', { class: 'actions' }, cancel, submit));
  const dialog = make('dialog', { 'aria-labelledby': 'dialog-title', 'aria-describedby': 'dialog-text' }, form);
  cancel.addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => dialog.remove());
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    submit.disabled = true;
    act()
      .then(() => dialog.close())
      .catch((cause: unknown) => {
        submit.disabled = false;
        setText(problem, cause instanceof Error ? cause.message : String(cause));
        show(problem, true);
      });
  });
  document.body.append(dialog);
  dialog.showModal();
}

export function ask(pause: (reason: string) => Promise<void>): void {
  const field = make('textarea', { required: true, rows: '3', maxlength: '500', placeholder: 'A leaked key, a provider that is down …' });
  open({
    title: 'Pause all calls?',
    text: 'From now on every call of every account is refused until somebody resumes. Calls that run can still be settled. The reason is kept and shown.',
    field,
    button: 'Pause all calls',
    isDanger: true,
    act: async () => {
      const reason = field.value.trim();
      if (reason === '') {
        field.value = '';
        field.focus();
        throw new Error('Say why: whoever is refused will ask.');
      }
      await pause(reason);
    },
  });
}

export function confirmResume(resume: () => Promise<void>): void {
  open({
    title: 'Resume calls?',
    text: 'Calls go through again from now on. Where the brake had stopped them, its hour or day gets the full allowance once more.',
    button: 'Resume calls',
    isDanger: false,
    act: resume,
  });
}
