// Cost, revenue, profit and margin over hours or days: a chart, and the same as a table.
import { percentOf, sign, sum } from '../logic/decimal.ts';
import { dateAndTime, dayName, percent, usd } from '../logic/format.ts';
import type { Slot } from '../logic/slots.ts';
import { Chart } from '../parts/chart.ts';
import { choice, type Option } from '../parts/choice.ts';
import { make, setText } from '../parts/dom.ts';
import { Panel } from '../parts/panel.ts';
import { table, type Cell } from '../parts/table.ts';
import { figure } from '../parts/value.ts';

export interface Span {
  readonly id: 'hours' | 'days';
  readonly title: string;
  readonly options: readonly Option[];
  readonly chosen: number;
}

type Field = 'cost' | 'revenue' | 'profit';
const fields: readonly Field[] = ['cost', 'revenue', 'profit'];

export class HistoryPanel extends Panel {
  length: number;
  #zone = 'UTC';
  #slots: readonly Slot[] = [];
  readonly #chart: Chart;
  readonly #figures;
  readonly #which = make('span', { class: 'quiet' });
  readonly #rows = make('details', {}, make('summary', {}, 'Show as a table'));
  readonly #table;

  constructor(
    readonly span: Span,
    changed: () => void,
  ) {
    super(span.id, span.title);
    this.length = span.chosen;
    this.#figures = {
      cost: figure(`${span.id}-cost`),
      revenue: figure(`${span.id}-revenue`),
      profit: figure(`${span.id}-profit`, usd, true),
      margin: figure(`${span.id}-margin`, (value) => percent(value), true),
    };
    this.#chart = new Chart(span.id, (place) => this.#read(place));
    this.#table = table<Slot>(`${span.title}, as a table`, this.#columns(), (slot) => slot.key);
    this.head.append(
      choice(`${span.id}-length`, `${span.title}: how far back`, span.options, span.chosen, (value) => {
        this.length = value;
        changed();
      }),
    );
    this.#rows.append(this.#table.element);
    this.#rows.addEventListener('toggle', () => this.#fill());
    this.body.append(this.#legend(), this.#chart.element, this.#rows);
  }

  show(slots: readonly Slot[], zone: string): void {
    this.#slots = slots;
    this.#zone = zone;
    this.content();
    this.#chart.show(slots, this.span.id === 'days' ? 'UTC' : zone, this.#described());
    this.#read(undefined);
    this.#fill();
  }

  redraw(): void {
    this.#chart.redraw();
  }

  #columns(): Parameters<typeof table<Slot>>[1] {
    const money = (field: Field) => (): Cell<Slot> => {
      const { element, set } = figure(`${this.span.id}-row-${field}`, usd, field === 'profit');
      return { element, update: (slot) => set(slot[field]) };
    };
    const plain = (text: (slot: Slot) => string) => (): Cell<Slot> => {
      const element = make('span');
      return { element, update: (slot) => setText(element, text(slot)) };
    };
    return [
      { title: this.span.id === 'hours' ? 'Hour' : 'Day', cell: plain((slot) => this.#name(slot)) },
      ...fields.map((field) => ({ title: field.charAt(0).toUpperCase() + field.slice(1), isNumber: true, cell: money(field) })),
      { title: 'Margin', isNumber: true, cell: plain((slot) => percent(slot.margin_pct)) },
    ];
  }

  #legend(): HTMLElement {
    const { cost, revenue, profit, margin } = this.#figures;
    const part = (name: string, title: string, value: Node): HTMLElement =>
      make('div', {}, make('dt', {}, make('span', { class: `swatch ${name}`, 'aria-hidden': 'true' }), title), make('dd', {}, value));
    return make('div', { class: 'legend' }, this.#which, make('dl', {}, part('cost', 'Cost', cost.element), part('revenue', 'Revenue', revenue.element), part('profit', 'Profit', profit.element), part('margin', 'Margin', margin.element)));
  }

  #name({ key }: Slot): string {
    return this.span.id === 'days' ? dayName(key) : dateAndTime(new Date(key), this.#zone);
  }

  #sums(): { cost: string; revenue: string; profit: string; margin: string | null } {
    const [cost, revenue, profit] = fields.map((field) => sum(this.#slots.map((slot) => slot[field]))) as [string, string, string];
    return { cost, revenue, profit, margin: sign(revenue) > 0 ? percentOf(profit, revenue, 2) : null };
  }

  // read: the figures of the slot under the pointer, else those of all together.
  #read(place: number | undefined): void {
    const slot = place === undefined ? undefined : this.#slots[place];
    const { cost, revenue, profit, margin } = slot ? { ...slot, margin: slot.margin_pct } : this.#sums();
    setText(this.#which, slot ? this.#name(slot) : `All ${this.length} ${this.span.id}`);
    this.#figures.cost.set(cost);
    this.#figures.revenue.set(revenue);
    this.#figures.profit.set(profit);
    this.#figures.margin.set(margin);
  }

  #described(): string {
    const { cost, revenue, profit, margin } = this.#sums();
    return `Chart of the last ${this.length} ${this.span.id}: cost ${usd(cost)}, revenue ${usd(revenue)}, profit ${usd(profit)}, margin ${percent(margin)}. The same as a table follows.`;
  }

  // The newest first; filled only while it is open.
  #fill(): void {
    if (this.#rows.open) this.#table.set([...this.#slots].reverse());
  }
}
