// What accounts were warned of and nobody has seen to yet; who may can say that it has been seen to.
import { count, dateAndTime, measured, words } from '../logic/format.ts';
import type { Counted } from '../api.ts';
import { announce } from '../parts/announcer.ts';
import { keyed, make, setAttribute, setText, show } from '../parts/dom.ts';
import { Panel } from '../parts/panel.ts';
import type { Alert } from '../queries.ts';

const keyOf = ({ account_id, alert_no }: Alert): string => `${alert_no} ${account_id}`;

// about: the figures of then, where the alert is of a limit; a level in words.
function about({ kind, name, metric, used, limit }: Alert): string {
  if (used === null || limit === null) return kind === 'level' ? words(name).toLowerCase() : name;
  return `${name}: ${measured(used, metric)} of ${measured(limit, metric)}${metric === null || metric === 'cost' ? '' : ` ${metric}`}`;
}

export class AlertsPanel extends Panel {
  readonly #list = make('ul', { class: 'alerts' });
  readonly #more = make('p', { class: 'quiet' });
  readonly #total = make('span', { class: 'badge' });
  readonly #set;
  #mayAcknowledge = false;

  constructor(acknowledge: (alert: Alert) => Promise<void>) {
    super('alerts', 'Alerts');
    this.head.append(this.#total);
    this.body.append(this.#list, this.#more);
    this.#set = keyed<Alert>(this.#list, keyOf, (alert) => this.#row(alert, acknowledge));
  }

  allow(isAdmin: boolean): void {
    this.#mayAcknowledge = isAdmin;
  }

  show({ rows, total }: Counted<Alert>, zone: string): void {
    this.#set(rows.map((alert) => ({ ...alert, raised_at: dateAndTime(new Date(alert.raised_at), zone) })));
    setText(this.#total, total === 0 ? '' : String(total));
    setText(this.#more, total > rows.length ? `and ${count(String(total - rows.length))} older` : '');
    if (total === 0) this.empty('No alert is open.');
    else this.content();
  }

  #row(first: Alert, acknowledge: (alert: Alert) => Promise<void>): { element: HTMLElement; update: (alert: Alert) => void } {
    const kind = make('strong');
    const subject = make('span', { class: 'subject' });
    const when = make('span', { class: 'quiet' });
    const button = make('button', { type: 'button', class: 'small' }, 'Acknowledge');
    const problem = make('span', { class: 'problem', role: 'alert' });
    button.addEventListener('click', () => {
      button.disabled = true;
      setText(problem, '');
      acknowledge(first)
        .then(() => announce(`Alert of ${first.account_id} is acknowledged.`))
        .catch((cause: unknown) => {
          button.disabled = false;
          setText(problem, cause instanceof Error ? cause.message : String(cause));
        });
    });
    const element = make('li', {}, make('div', {}, kind, ' ', subject, problem), when, button);
    const update = (alert: Alert): void => {
      setText(kind, words(alert.kind));
      setText(subject, `${alert.account_id}${alert.member_id === null ? '' : ` / ${alert.member_id}`} – ${about(alert)}`);
      setText(when, alert.raised_at);
      setAttribute(button, 'aria-label', `Acknowledge: ${words(alert.kind)}, ${alert.account_id}, ${alert.name}`);
      show(button, this.#mayAcknowledge);
    };
    return { element, update };
  }
}
