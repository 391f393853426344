// Accounts: which cost most this month, how many are on which restriction level, and for whom the guarantee holds.
import { percentOf, sum } from '../logic/decimal.ts';
import { count, percent, usd, words } from '../logic/format.ts';
import { severity } from '../logic/state.ts';
import { make, setAttribute, setText } from '../parts/dom.ts';
import { Panel } from '../parts/panel.ts';
import { pill } from '../parts/pill.ts';
import { table, type Cell } from '../parts/table.ts';
import { figure } from '../parts/value.ts';
import type { Guarantee, Kept, LevelCount, TopAccount } from '../queries.ts';

function text<Row>(of: (row: Row) => string): () => Cell<Row> {
  return () => {
    const element = make('span');
    return { element, update: (row) => setText(element, of(row)) };
  };
}

function money<Row>(name: string, of: (row: Row) => string, isSigned = false): () => Cell<Row> {
  return () => {
    const { element, set } = figure(name, usd, isSigned);
    return { element, update: (row) => set(of(row)) };
  };
}

function named<Row>(name: (row: Row) => string, detail: (row: Row) => string): () => Cell<Row> {
  return () => {
    const [first, second] = [make('span', { class: 'name' }), make('span', { class: 'quiet' })];
    return {
      element: make('span', {}, first, ' ', second),
      update(row) {
        setText(first, name(row));
        setText(second, detail(row));
      },
    };
  };
}

export class TopAccountsPanel extends Panel {
  readonly #table = table<TopAccount>(
    'Accounts that cost most this month',
    [
      { title: 'Account', cell: named((row) => row.account_id, (row) => row.plan ?? 'no plan') },
      { title: 'Cost', isNumber: true, cell: money('account-cost', (row) => row.cost) },
      { title: 'Revenue', isNumber: true, cell: money('account-revenue', (row) => row.revenue) },
      { title: 'Profit', isNumber: true, cell: money('account-profit', (row) => row.profit, true) },
      { title: 'Calls', isNumber: true, isMinor: true, cell: text((row) => count(row.requests)) },
    ],
    (row) => row.account_id,
  );

  constructor() {
    super('top-accounts', 'Top accounts by cost');
    this.body.append(this.#table.element);
  }

  show(rows: readonly TopAccount[]): void {
    this.#table.set(rows);
    if (rows.length === 0) this.empty('No account has made a call this month.');
    else this.content();
  }
}

interface LevelRow extends LevelCount {
  readonly share: string | null;
}

export class LevelsPanel extends Panel {
  readonly #table = table<LevelRow>(
    'Accounts by restriction level',
    [
      { title: 'Level', cell: () => this.#level() },
      { title: 'Accounts', isNumber: true, cell: text((row) => count(row.accounts)) },
      { title: 'Share', isNumber: true, cell: text((row) => percent(row.share)) },
    ],
    (row) => row.level,
  );

  constructor() {
    super('levels', 'Restriction levels');
    this.body.append(this.#table.element);
  }

  show(rows: readonly LevelCount[]): void {
    const all = sum(rows.map((row) => row.accounts));
    this.#table.set(rows.map((row) => ({ ...row, share: percentOf(row.accounts, all, 1) })));
    if (rows.length === 0) this.empty('There are no accounts yet.');
    else this.content();
  }

  #level(): Cell<LevelRow> {
    const mark = make('span', { class: 'level' });
    const fill = make('span', { class: 'fill' });
    return {
      element: make('div', { class: 'named' }, mark, make('span', { class: 'bar', 'aria-hidden': 'true' }, fill)),
      update(row) {
        setText(mark, words(row.level));
        setAttribute(mark, 'data-severity', severity(row.level));
        fill.style.inlineSize = `${row.share ?? 0}%`;
      },
    };
  }
}

export class GuaranteePanel extends Panel {
  readonly #state = pill('guarantee');
  readonly #promise = make('p', { class: 'quiet' });
  readonly #counts = make('p');
  readonly #table = table<Kept>(
    'Paying accounts with the lowest profit this month',
    [
      { title: 'Account', cell: named((row) => row.account_id, () => '') },
      { title: 'Profit', isNumber: true, cell: money('guarantee-profit', (row) => row.profit, true) },
      { title: 'Revenue', isNumber: true, isMinor: true, cell: money('guarantee-revenue', (row) => row.revenue) },
      { title: 'Cost and fees', isNumber: true, isMinor: true, cell: money('guarantee-cost', (row) => row.cost) },
      { title: 'Guarantee', cell: text((row) => (row.met ? '✓ met' : '✕ not met')) },
    ],
    (row) => row.account_id,
  );

  constructor() {
    super('guarantee', 'Profit guarantee');
    this.head.append(this.#state.element);
    this.#state.element.hidden = true;
    this.body.append(this.#promise, this.#counts, this.#table.element);
  }

  show(guarantee: Guarantee | undefined): void {
    this.#state.element.hidden = !guarantee || guarantee.lowest.total === 0;
    if (!guarantee) {
      this.empty('No guarantee is configured.');
      return;
    }
    const { terms, lowest, broken } = guarantee;
    this.#state.set(broken > 0 ? 'red' : 'green', broken > 0 ? `${count(String(broken))} not met` : 'All met');
    const parts = [terms.revenue && `revenue of ${usd(terms.revenue)}`, terms.cost && `cost up to ${usd(terms.cost)}`, terms.profit && `profit of ${usd(terms.profit)}`];
    setText(this.#promise, `For each paying account and month: ${parts.filter(Boolean).join(', ')}.`);
    setText(this.#counts, `Met for ${count(String(lowest.total - broken))} of ${count(String(lowest.total))} paying accounts this month.`);
    this.#table.set(lowest.rows);
    if (lowest.total === 0) this.empty('No account has paid this month.');
    else this.content();
  }
}
