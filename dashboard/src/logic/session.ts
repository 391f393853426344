// Who is signed in: server and token, of this tab only. Owns the keys in sessionStorage and the fragment of the address.

export interface Session {
  readonly server: string;
  readonly token: string;
}

export interface Claims {
  readonly role: string | undefined;
  readonly expiresAt: Date | undefined;
}

type Storage = Pick<globalThis.Storage, 'getItem' | 'setItem' | 'removeItem'>;

const serverKey = 'pg_credits.server';
const tokenKey = 'pg_credits.token';

// claimsOf: what a token says of itself. It is not checked here: rights are the server's affair, this only
// decides what is worth showing. Undefined for what is no token.
export function claimsOf(token: string): Claims | undefined {
  const parts = token.split('.');
  if (parts.length !== 3) return undefined;
  try {
    const bytes = Uint8Array.from(atob((parts[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
    const said: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof said !== 'object' || said === null) return undefined;
    const { role, exp } = said as { role?: unknown; exp?: unknown };
    return { role: typeof role === 'string' ? role : undefined, expiresAt: typeof exp === 'number' ? new Date(exp * 1000) : undefined };
  } catch {
    return undefined;
  }
}

// serverOf: an address as it was typed, absolute and without a slash at its end; undefined for none of http.
export function serverOf(typed: string, page: string): string | undefined {
  try {
    const address = new URL(typed.trim() === '' ? '.' : typed.trim(), page);
    if (!/^https?:$/.test(address.protocol) || address.username !== '' || address.password !== '') return undefined;
    return (address.origin + address.pathname).replace(/\/+$/, '');
  } catch {
    return undefined;
  }
}

// takeToken: the token of a link, and the address without it, so that it stays in no history.
export function takeToken(address: string): { token: string | undefined; rest: string } {
  const url = new URL(address);
  const values = new URLSearchParams(url.hash.slice(1));
  const token = values.get('token');
  if (token === null) return { token: undefined, rest: address };
  values.delete('token');
  url.hash = values.toString();
  return { token: token === '' ? undefined : token, rest: url.href.replace(/#$/, '') };
}

export function load(storage: Storage): Session | undefined {
  const [server, token] = [storage.getItem(serverKey), storage.getItem(tokenKey)];
  return server !== null && token !== null ? { server, token } : undefined;
}

export function save(storage: Storage, session: Session): void {
  storage.setItem(serverKey, session.server);
  storage.setItem(tokenKey, session.token);
}

// forget: the token; the address stays, so that signing in again is shorter.
export const forget = (storage: Storage): void => storage.removeItem(tokenKey);

export const lastServer = (storage: Storage): string | undefined => storage.getItem(serverKey) ?? undefined;
