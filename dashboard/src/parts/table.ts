// Tables whose rows are kept from refresh to refresh, in a box that scrolls sideways on its own where it must.
import { keyed, make, type Child } from './dom.ts';

export interface Cell<Row> {
  readonly element: Child & Node;
  readonly update: (row: Row) => void;
}

export interface Column<Row> {
  readonly title: string;
  readonly isNumber?: boolean;
  // Left out where there is no room for all.
  readonly isMinor?: boolean;
  readonly cell: () => Cell<Row>;
}

export interface Table<Row> {
  readonly element: HTMLElement;
  readonly set: (rows: readonly Row[]) => void;
}

const classOf = <Row>({ isNumber, isMinor }: Column<Row>): string | undefined =>
  [isNumber ? 'number' : '', isMinor ? 'minor' : ''].filter(Boolean).join(' ') || undefined;

// table: the first column names the row.
export function table<Row>(caption: string, columns: readonly Column<Row>[], keyOf: (row: Row) => string): Table<Row> {
  const body = make('tbody');
  const titles = columns.map((column) => make('th', { scope: 'col', class: classOf(column) }, column.title));
  const element = make(
    'div',
    { class: 'scroll', role: 'region', tabindex: '0', 'aria-label': caption },
    make('table', {}, make('caption', { class: 'unseen' }, caption), make('thead', {}, make('tr', {}, ...titles)), body),
  );
  const set = keyed<Row>(body, keyOf, () => {
    const cells = columns.map((column) => column.cell());
    const row = make('tr');
    columns.forEach((column, place) => {
      const cell = cells[place];
      if (cell) row.append(make(place === 0 ? 'th' : 'td', { scope: place === 0 ? 'row' : undefined, class: classOf(column) }, cell.element));
    });
    return { element: row, update: (item) => cells.forEach((cell) => cell.update(item)) };
  });
  return { element, set };
}
