// What went wrong with a request, in words that say what to do.

export type Kind = 'unreachable' | 'expired' | 'rejected' | 'forbidden' | 'missing' | 'refused';

export class Failure extends Error {
  constructor(
    readonly kind: Kind,
    message: string,
  ) {
    super(message);
    this.name = 'Failure';
  }
}

interface Answer {
  readonly message?: unknown;
  readonly hint?: unknown;
  readonly code?: unknown;
}

const sentence = (value: unknown): string => (typeof value === 'string' && value !== '' ? value : '');

// Of PostgreSQL: rights that are missing. PostgREST says 401 for them to the role of those without a token, else 403.
const notAllowed = '42501';

export function failureOf(status: number, answer: Answer): Failure {
  const message = sentence(answer.message);
  if (status === 403 || answer.code === notAllowed) return new Failure('forbidden', `This role is not allowed to see or do that${message && `: ${message}`}.`);
  if (status === 401 && /expired/i.test(message)) return new Failure('expired', 'Your access token has expired. Sign in with a new one.');
  if (status === 401) return new Failure('rejected', `The server does not accept this token${message && `: ${message}`}.`);
  if (status === 404 || status === 406) {
    const help = 'Does PostgREST serve schema credits (db-schemas), is the database migrated, and is its schema cache fresh?';
    return new Failure('missing', `The server does not offer this${message && `: ${message}`}. ${help}`);
  }
  const hint = sentence(answer.hint);
  return new Failure('refused', `${message || `The server answered with status ${status}`}.${hint && ` ${hint}.`}`);
}

export function unreachable(server: string, cause: unknown): Failure {
  const late = cause instanceof DOMException && cause.name === 'TimeoutError';
  return new Failure('unreachable', late ? `${server} did not answer in time.` : `${server} cannot be reached.`);
}

// isOver: whether the session is: nothing will be answered with this token.
export const isOver = (cause: unknown): cause is Failure => cause instanceof Failure && (cause.kind === 'expired' || cause.kind === 'rejected');
