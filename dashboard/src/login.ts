// The form that asks for server and token, and says why it asks again.
import { make, setText, show } from './parts/dom.ts';
import { claimsOf, serverOf, type Session } from './logic/session.ts';

export interface Login {
  readonly element: HTMLElement;
  readonly focus: () => void;
}

// login: tries a session when the form is sent; what its promise is rejected with is shown.
export function login(server: string, message: string | undefined, attempt: (session: Session) => Promise<void>): Login {
  const address = make('input', { type: 'url', id: 'server', autocomplete: 'url', spellcheck: 'false', required: true, value: server, placeholder: 'https://api.example.com' });
  const token = make('input', { type: 'password', id: 'token', autocomplete: 'off', spellcheck: 'false', required: true, 'aria-describedby': 'token-help' });
  const problem = make('p', { class: 'problem', role: 'alert', hidden: message === undefined }, message ?? '');
  const submit = make('button', { type: 'submit', class: 'primary' }, 'Sign in');
  const form = make(
    'form',
    { class: 'login panel', 'aria-labelledby': 'login-title' },
    make('h1', { id: 'login-title' }, 'Sign in'),
    problem,
    make('label', { for: 'server' }, 'Address of PostgREST'),
    address,
    make('label', { for: 'token' }, 'Access token'),
    token,
    make('p', { class: 'quiet', id: 'token-help' }, 'A JWT whose role is an analyst or an administrator. It is kept in this tab only, until you log out or close it.'),
    make('p', { class: 'actions' }, submit),
  );
  const say = (text: string, field: HTMLInputElement): void => {
    setText(problem, text);
    show(problem, true);
    field.focus();
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const base = serverOf(address.value, location.href);
    if (base === undefined) return say('This is no address of a server: it begins with http:// or https://.', address);
    const typed = token.value.trim();
    if (claimsOf(typed) === undefined) return say('This is no access token: a token has three parts with dots between them.', token);
    submit.disabled = true;
    show(problem, false);
    attempt({ server: base, token: typed })
      .catch((cause: unknown) => say(cause instanceof Error ? cause.message : String(cause), token))
      .finally(() => {
        submit.disabled = false;
      });
  });
  return { element: form, focus: () => (address.value === '' ? address : token).focus() };
}
