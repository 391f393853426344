// What today and this month cost and earned, and how the margin stands.
import { percent, monthName, dateAndTime } from '../logic/format.ts';
import { percentOf, sign } from '../logic/decimal.ts';
import { change, type State } from '../logic/state.ts';
import { announce } from '../parts/announcer.ts';
import { make, setText } from '../parts/dom.ts';
import { Panel } from '../parts/panel.ts';
import { pill } from '../parts/pill.ts';
import { figure } from '../parts/value.ts';
import type { Health } from '../queries.ts';

export class SummaryPanel extends Panel {
  readonly #state;
  readonly #since = make('p', { class: 'quiet' });
  readonly #reason = make('p', { class: 'quiet' });
  readonly #figures;
  #known: State | undefined;

  constructor(
    readonly period: 'day' | 'month',
    readonly title: string,
  ) {
    super(`summary-${period}`, title);
    this.element.classList.add('summary');
    this.#state = pill(period);
    this.#figures = {
      profit: figure(`${period}-profit`, undefined, true),
      margin: figure(`${period}-margin`, (value) => percent(value), true),
      revenue: figure(`${period}-revenue`),
      cost: figure(`${period}-cost`),
    };
    this.head.append(this.#state.element);
    const { profit, margin, revenue, cost } = this.#figures;
    const row = (name: string, value: Node, className: string): HTMLElement => make('div', { class: className }, make('dt', {}, name), make('dd', {}, value));
    this.body.append(
      this.#since,
      make('dl', { class: 'figures' }, row('Profit', profit.element, 'major'), row('Margin', margin.element, 'major'), row('Revenue', revenue.element, ''), row('Cost', cost.element, '')),
      this.#reason,
    );
  }

  show(health: Health, zone: string): void {
    const { profit, margin, revenue, cost } = this.#figures;
    profit.set(health.profit);
    margin.set(health.margin_pct);
    revenue.set(health.revenue);
    cost.set(health.cost);
    this.#state.set(health.state);
    const since = new Date(health.since);
    setText(this.#since, this.period === 'month' ? monthName(since, zone) : `since ${dateAndTime(since, zone)}`);
    setText(this.#reason, this.#why(health));
    announce(change(this.title, this.#known, health.state));
    this.#known = health.state;
    this.content();
  }

  #why({ revenue, cost, target_margin: target, least_margin: least }: Health): string {
    const goals = [sign(target) > 0 ? `target ${percent(percentOf(target, '1', 2))}` : '', sign(least) > 0 ? `least ${percent(percentOf(least, '1', 2))}` : ''].filter(Boolean).join(', ');
    if (sign(revenue) <= 0) return sign(cost) > 0 ? 'Cost without revenue so far.' : 'Nothing yet.';
    return goals ? `Margin: ${goals}.` : 'No target margin is configured.';
  }
}
