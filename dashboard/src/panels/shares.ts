// What this month's cost was for: by provider, by model, by action. The largest, and the others as one row.
import { count, percent, usd } from '../logic/format.ts';
import { shareRows, type Share, type ShareRow } from '../logic/shares.ts';
import { make, setAttribute, setText } from '../parts/dom.ts';
import { Panel } from '../parts/panel.ts';
import { table, type Cell, type Column } from '../parts/table.ts';
import { figure } from '../parts/value.ts';

function nameCell(): Cell<ShareRow> {
  const name = make('span', { class: 'name' });
  const detail = make('span', { class: 'quiet' });
  const fill = make('span', { class: 'fill' });
  const element = make('div', { class: 'named' }, name, ' ', detail, make('span', { class: 'bar', 'aria-hidden': 'true' }, fill));
  return {
    element,
    update(row) {
      setText(name, row.name);
      setText(detail, row.detail);
      fill.style.inlineSize = `${row.share ?? 0}%`;
    },
  };
}

function textCell(text: (row: ShareRow) => string): Cell<ShareRow> {
  const element = make('span');
  return { element, update: (row) => setText(element, text(row)) };
}

export class SharesPanel extends Panel {
  readonly #table;

  constructor(
    id: string,
    title: string,
    subject: string,
    readonly unnamed: string,
  ) {
    super(id, title);
    const cost = (): Cell<ShareRow> => {
      const { element, set } = figure(`${id}-cost`);
      return {
        element,
        update(row) {
          set(row.cost);
          setAttribute(element, 'data-key', row.name);
        },
      };
    };
    const columns: Column<ShareRow>[] = [
      { title: subject, cell: nameCell },
      { title: 'Cost', isNumber: true, cell: cost },
      { title: 'Share', isNumber: true, cell: () => textCell((row) => percent(row.share)) },
      { title: 'Calls', isNumber: true, isMinor: true, cell: () => textCell((row) => count(row.requests)) },
      { title: 'Tokens', isNumber: true, isMinor: true, cell: () => textCell((row) => count(row.tokens)) },
    ];
    this.#table = table<ShareRow>(`${title}, this month`, columns, (row) => row.key);
    this.body.append(this.#table.element);
  }

  show(rows: readonly Share[]): void {
    this.#table.set(shareRows(rows, this.unnamed));
    if (rows.length === 0) this.empty(`No calls this month, ${usd('0')} of cost.`);
    else this.content();
  }
}
