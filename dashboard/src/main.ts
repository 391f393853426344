// The page: either the form that signs in or the board. Owns which of the two, and the session of the tab.
import { Board } from './board.ts';
import { Failure } from './logic/failure.ts';
import { login } from './login.ts';
import { claimsOf, forget, lastServer, load, save, serverOf, takeToken, type Session } from './logic/session.ts';
import { announce } from './parts/announcer.ts';
import { byId, setText, show } from './parts/dom.ts';
import { theme } from './theme.ts';

const main = byId('main', HTMLElement);
const asOf = byId('as-of', HTMLElement);
const banner = byId('banner', HTMLElement);
const refresh = byId('refresh', HTMLButtonElement);
const logOut = byId('log-out', HTMLButtonElement);
let board: Board | undefined;

// configuredServer: of the file beside the page, by which whoever serves it says where PostgREST is.
async function configuredServer(): Promise<string> {
  const said: unknown = await fetch('config.json', { cache: 'no-store' }).then((answer) => answer.json(), () => undefined);
  const server = typeof said === 'object' && said !== null ? (said as { server?: unknown }).server : undefined;
  return typeof server === 'string' && server !== '' ? (serverOf(server, location.href) ?? '') : '';
}

function leave(): void {
  board?.end();
  board = undefined;
  setText(asOf, '');
  for (const element of [banner, refresh, logOut]) show(element, false);
}

function askAgain(server: string, message?: string): void {
  leave();
  forget(sessionStorage);
  const form = login(server, message, enter);
  main.replaceChildren(form.element);
  form.focus();
}

// enter: of a session that was one before, a server that does not answer is no reason to ask for the token again.
async function enter(session: Session, wasOne = false): Promise<void> {
  const next = new Board(session, { asOf, banner, over: (message) => askAgain(session.server, message) });
  try {
    await next.check();
  } catch (cause) {
    if (!(wasOne && cause instanceof Failure && cause.kind === 'unreachable')) {
      next.end();
      throw cause;
    }
  }
  leave();
  board = next;
  save(sessionStorage, session);
  main.replaceChildren(next.element);
  show(refresh, true);
  show(logOut, true);
  main.focus({ preventScroll: true });
  await next.refresh();
}

// tokenOfLink: taken once, and out of the address before anything else happens.
function tokenOfLink(): string | undefined {
  const { token, rest } = takeToken(location.href);
  if (token !== undefined) history.replaceState(null, '', rest);
  return token;
}

async function start(): Promise<void> {
  const linked = tokenOfLink();
  const known = load(sessionStorage);
  const server = known?.server ?? lastServer(sessionStorage) ?? (await configuredServer());
  const token = linked ?? known?.token;
  if (token === undefined || server === '') return askAgain(server);
  if (claimsOf(token) === undefined) return askAgain(server, 'The link holds no access token.');
  await enter({ server, token }, linked === undefined).catch((cause: unknown) => askAgain(server, cause instanceof Error ? cause.message : String(cause)));
}

refresh.addEventListener('click', () => {
  const asked = board?.refresh();
  void asked?.then(() => announce('Figures are up to date.'));
});
logOut.addEventListener('click', () => askAgain(lastServer(sessionStorage) ?? ''));
addEventListener('hashchange', () => {
  if (takeToken(location.href).token !== undefined) void start();
});
theme(byId('theme', HTMLButtonElement), () => board?.redraw());
void start();
