// Requests to PostgREST. Knows the protocol and the token, nothing of what is asked.
import { Failure, failureOf, unreachable } from './logic/failure.ts';
import type { Session } from './logic/session.ts';

const patience = 20_000;

export interface Counted<Row> {
  readonly rows: Row[];
  readonly total: number;
}

export class Api {
  constructor(readonly session: Session) {}

  async #send(path: string, options: RequestInit): Promise<Response> {
    const { server, token } = this.session;
    const headers = { ...options.headers, Accept: 'application/json', Authorization: `Bearer ${token}` };
    let answer: Response;
    try {
      answer = await fetch(`${server}/${path}`, { ...options, headers, cache: 'no-store', credentials: 'omit', signal: AbortSignal.timeout(patience) });
    } catch (cause) {
      throw unreachable(server, cause);
    }
    if (!answer.ok) throw failureOf(answer.status, (await answer.json().catch(() => ({}))) as object);
    return answer;
  }

  #read(path: string, headers: Record<string, string>, method = 'GET'): Promise<Response> {
    return this.#send(path, { method, headers: { 'Accept-Profile': 'credits', ...headers } });
  }

  // rows: what a view answers; the caller says what a row is.
  async rows<Row>(relation: string, query: Record<string, string>): Promise<Row[]> {
    const answer = await this.#read(`${relation}?${new URLSearchParams(query)}`, {});
    const body: unknown = await answer.json().catch(() => undefined);
    if (!Array.isArray(body)) throw new Failure('missing', `${this.session.server} answers, but not as PostgREST does.`);
    return body as Row[];
  }

  // counted: some of the rows, and how many there are.
  async counted<Row>(relation: string, query: Record<string, string>): Promise<Counted<Row>> {
    const answer = await this.#read(`${relation}?${new URLSearchParams(query)}`, { Prefer: 'count=exact' });
    const total = /\/(\d+)$/.exec(answer.headers.get('Content-Range') ?? '')?.[1];
    return { rows: (await answer.json()) as Row[], total: Number(total ?? 0) };
  }

  async call(name: string, values: Record<string, string>): Promise<void> {
    const headers = { 'Content-Type': 'application/json', 'Content-Profile': 'credits' };
    await this.#send(`rpc/${name}`, { method: 'POST', headers, body: JSON.stringify(values) });
  }
}
