// Whether calls go through, what was spent of what the brake allows, and for administrators the switch.
import { percentOf } from '../logic/decimal.ts';
import { usd } from '../logic/format.ts';
import { announce } from '../parts/announcer.ts';
import { make, setAttribute, setText, show } from '../parts/dom.ts';
import { Panel } from '../parts/panel.ts';
import { pill } from '../parts/pill.ts';
import { figure } from '../parts/value.ts';
import type { BrakeLimits, Status } from '../queries.ts';
import { ask, confirmResume, type Actions } from './brake_dialogs.ts';

class Spending {
  readonly #meter = make('span', { class: 'fill' });
  readonly #bar = make('span', { class: 'bar', 'aria-hidden': 'true' }, this.#meter);
  readonly #limits = make('span', { class: 'quiet' });
  readonly #spent;
  readonly element;

  constructor(title: string, name: string) {
    this.#spent = figure(name);
    this.element = make('div', {}, make('dt', {}, title), make('dd', {}, this.#spent.element, this.#limits, this.#bar));
  }

  set(spent: string, warn: string | null, stop: string | null): void {
    this.#spent.set(spent);
    setText(this.#limits, [warn === null ? '' : `warning at ${usd(warn)}`, stop === null ? '' : `stop at ${usd(stop)}`].filter(Boolean).join(', '));
    const most = stop ?? warn;
    const used = most === null ? null : percentOf(spent, most, 0);
    show(this.#bar, used !== null);
    this.#meter.style.inlineSize = `${Math.min(100, Number(used ?? 0))}%`;
  }
}

export class BrakePanel extends Panel {
  readonly #state = pill('platform');
  readonly #reason = make('p', { class: 'reason' });
  readonly #hour = new Spending('Spent this hour', 'spend-hour');
  readonly #day = new Spending('Spent today', 'spend-today');
  readonly #none = make('p', { class: 'quiet' }, 'No warning and no stop is configured: spending is not counted here, and nothing stops by itself.');
  readonly #pause = make('button', { type: 'button', class: 'danger' }, 'Pause all calls …');
  readonly #resume = make('button', { type: 'button' }, 'Resume calls …');
  readonly #switch = make('p', { class: 'actions', hidden: true }, this.#pause, this.#resume);
  readonly #spending = make('dl', { class: 'spending' }, this.#hour.element, this.#day.element);
  #paused: boolean | undefined;

  constructor(actions: Actions) {
    super('brake', 'Calls');
    this.head.append(this.#state.element);
    this.body.append(this.#reason, this.#spending, this.#none, this.#switch);
    this.#pause.addEventListener('click', () => ask(actions.pause));
    this.#resume.addEventListener('click', () => confirmResume(actions.resume));
  }

  allow(isAdmin: boolean): void {
    show(this.#switch, isAdmin);
  }

  show(status: Status, brake: BrakeLimits | undefined): void {
    // A brake without a warning and a stop counts nothing.
    const limits = brake !== undefined && Object.values(brake).some((limit) => limit !== null) ? brake : undefined;
    this.#state.set(status.state, status.paused ? 'Paused' : status.state === 'yellow' ? 'Running, with a warning' : 'Running');
    setAttribute(this.element, 'data-paused', String(status.paused));
    setText(this.#reason, status.paused ? `Calls are refused. Reason: ${status.reason ?? 'not given'}` : '');
    show(this.#reason, status.paused);
    this.#hour.set(status.spend_hour, limits?.hour_warn ?? null, limits?.hour_stop ?? null);
    this.#day.set(status.spend_today, limits?.day_warn ?? null, limits?.day_stop ?? null);
    show(this.#spending, limits !== undefined);
    show(this.#none, limits === undefined);
    this.#offer(status.paused);
    this.content();
    if (this.#paused !== undefined && this.#paused !== status.paused) announce(status.paused ? 'Calls are paused.' : 'Calls run again.');
    this.#paused = status.paused;
  }

  // The button that has the focus hands it to the one that takes its place.
  #offer(paused: boolean): void {
    const [shown, hidden] = paused ? [this.#resume, this.#pause] : [this.#pause, this.#resume];
    const hadFocus = document.activeElement === hidden;
    show(shown, true);
    show(hidden, false);
    if (hadFocus) shown.focus();
  }
}
