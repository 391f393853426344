// The signed-in page: asks, hands each panel its answer, and says of when the figures are. Owns what is asked how often.
import { Api } from './api.ts';
import { Failure, isOver } from './logic/failure.ts';
import { dayIn, clock } from './logic/format.ts';
import { Refresher } from './logic/refresher.ts';
import { claimsOf, type Session } from './logic/session.ts';
import { daySlots, hourSlots } from './logic/slots.ts';
import { AlertsPanel } from './panels/alerts.ts';
import { GuaranteePanel, LevelsPanel, TopAccountsPanel } from './panels/accounts.ts';
import { BrakePanel } from './panels/brake.ts';
import { HistoryPanel } from './panels/history.ts';
import { SharesPanel } from './panels/shares.ts';
import { SummaryPanel } from './panels/summary.ts';
import { make, setText, show } from './parts/dom.ts';
import type { Panel } from './parts/panel.ts';
import * as queries from './queries.ts';

const every = 30_000;
// What looks at every account is asked each tenth time only.
const rarely = 10;

export interface Surroundings {
  readonly asOf: HTMLElement;
  readonly banner: HTMLElement;
  readonly over: (message: string) => void;
}

interface Base {
  readonly zone: string;
  readonly thisHour: string;
  readonly today: string;
  readonly month: string;
}

export class Board {
  readonly element: HTMLElement;
  readonly #api: Api;
  readonly #refresher: Refresher;
  readonly #day = new SummaryPanel('day', 'Today');
  readonly #month = new SummaryPanel('month', 'This month');
  readonly #brake: BrakePanel;
  readonly #alerts: AlertsPanel;
  readonly #hours: HistoryPanel;
  readonly #days: HistoryPanel;
  readonly #providers = new SharesPanel('providers', 'Cost by provider', 'Provider', 'no provider named');
  readonly #models = new SharesPanel('models', 'Cost by model', 'Model', 'no model named');
  readonly #actions = new SharesPanel('actions', 'Cost by operation', 'Operation', 'no operation named');
  readonly #top = new TopAccountsPanel();
  readonly #levels = new LevelsPanel();
  readonly #guarantee = new GuaranteePanel();
  #round = 0;
  #seenAt: string | undefined;
  #ended = false;

  constructor(
    session: Session,
    readonly around: Surroundings,
  ) {
    this.#api = new Api(session);
    this.#refresher = new Refresher(() => this.#ask(), every, document);
    // What was done is done; that it shows may take a moment longer.
    const again = (work: Promise<void>): Promise<void> => work.then(() => void this.#refresher.now());
    this.#brake = new BrakePanel({ pause: (reason) => again(queries.pause(this.#api, reason)), resume: () => again(queries.resume(this.#api)) });
    this.#alerts = new AlertsPanel((alert) => again(queries.acknowledge(this.#api, alert)));
    const lengths = (unit: string, values: readonly number[]): { value: number; label: string }[] => values.map((value) => ({ value, label: `${value} ${unit}` }));
    this.#hours = new HistoryPanel({ id: 'hours', title: 'By hour', options: lengths('h', [24, 48]), chosen: 24 }, () => void this.#refresher.now());
    this.#days = new HistoryPanel({ id: 'days', title: 'By day', options: lengths('d', [30, 90]), chosen: 30 }, () => void this.#refresher.now());
    const group = (name: string, ...panels: Panel[]): HTMLElement => make('div', { class: `group ${name}` }, ...panels.map((panel) => panel.element));
    this.element = make(
      'div',
      { class: 'board' },
      make('h1', { class: 'unseen' }, 'What the platform costs and earns'),
      group('now', this.#day, this.#month, this.#brake),
      group('alone', this.#alerts),
      group('pair', this.#hours, this.#days),
      group('shares', this.#providers, this.#models, this.#actions),
      group('shares', this.#top, this.#levels, this.#guarantee),
    );
  }

  // check: the first answer decides whether the session is one; a failure of it is the caller's to show.
  async check(): Promise<void> {
    await queries.status(this.#api);
  }

  refresh(): Promise<void> {
    this.#round = 0;
    return this.#refresher.now();
  }

  redraw(): void {
    this.#hours.redraw();
    this.#days.redraw();
  }

  end(): void {
    this.#ended = true;
    this.#refresher.end();
  }

  async #ask(): Promise<void> {
    try {
      await this.#askAll();
    } catch (cause) {
      if (this.#ended) return;
      if (isOver(cause)) this.around.over(cause.message);
      else this.#trouble(cause);
    }
  }

  async #askAll(): Promise<void> {
    const [health, platform] = await Promise.all([queries.health(this.#api), queries.platform(this.#api), this.#round % rarely === 0 ? this.#rights() : undefined]);
    const zone = platform?.time_zone ?? 'UTC';
    const of = (period: queries.Health['period']): queries.Health => {
      const found = health.find((row) => row.period === period);
      if (!found) throw new Failure('missing', 'The server answers without figures: is credits.margin_health as this page knows it?');
      return found;
    };
    const [hour, day, month] = [of('hour'), of('day'), of('month')];
    this.#day.show(day, zone);
    this.#month.show(month, zone);
    const base: Base = { zone, thisHour: hour.since, today: dayIn(new Date(day.since), zone), month: dayIn(new Date(month.since), zone) };
    const problems = (await Promise.all(this.#parts(base))).filter((cause) => cause !== undefined);
    if (this.#ended) return;
    this.#round += 1;
    const over = problems.find(isOver);
    if (over) throw over;
    const lost = problems.find((cause) => cause instanceof Failure && cause.kind === 'unreachable');
    if (lost) throw lost;
    this.#seenAt = clock(new Date(), zone);
    setText(this.around.asOf, `As of ${this.#seenAt} (${zone})`);
    show(this.around.banner, false);
  }

  // rights: what the role may do, which decides what buttons there are; the server decides what they do.
  async #rights(): Promise<void> {
    const isAdmin = await queries.isAdmin(this.#api, claimsOf(this.#api.session.token)?.role);
    this.#brake.allow(isAdmin);
    this.#alerts.allow(isAdmin);
  }

  // parts: each panel's own question; one that fails leaves the others alone. Resolves to what went wrong.
  #parts({ zone, thisHour, today, month }: Base): Promise<unknown>[] {
    const api = this.#api;
    const parts = [
      this.#part(this.#brake, Promise.all([queries.status(api), queries.brakeLimits(api)]), ([status, limits]) => {
        if (status) this.#brake.show(status, limits);
      }),
      this.#part(this.#alerts, queries.openAlerts(api), (alerts) => this.#alerts.show(alerts, zone)),
      this.#part(this.#hours, queries.hours(api, thisHour, this.#hours.length), (rows) => this.#hours.show(hourSlots(rows, thisHour, this.#hours.length), zone)),
      this.#part(this.#days, queries.days(api, today, this.#days.length), (rows) => this.#days.show(daySlots(rows, today, this.#days.length), zone)),
      this.#part(this.#providers, queries.byProvider(api, month), (rows) => this.#providers.show(rows)),
      this.#part(this.#models, queries.byModel(api, month), (rows) => this.#models.show(rows)),
      this.#part(this.#actions, queries.byAction(api, month), (rows) => this.#actions.show(rows)),
      this.#part(this.#top, queries.topAccounts(api), (rows) => this.#top.show(rows)),
    ];
    if (this.#round % rarely === 0) {
      parts.push(
        this.#part(this.#levels, queries.levels(api), (rows) => this.#levels.show(rows)),
        this.#part(this.#guarantee, queries.guarantee(api, month), (guarantee) => this.#guarantee.show(guarantee)),
      );
    }
    return parts;
  }

  #part<Answer>(panel: Panel, question: Promise<Answer>, use: (answer: Answer) => void): Promise<unknown> {
    return question.then(
      (answer) => {
        if (!this.#ended) use(answer);
      },
      (cause: unknown) => {
        panel.failed(cause);
        return cause;
      },
    );
  }

  #trouble(cause: unknown): void {
    const message = cause instanceof Error ? cause.message : String(cause);
    const old = this.#seenAt === undefined ? '' : ` Figures are those of ${this.#seenAt}.`;
    setText(this.around.banner, `${message}${old} Trying again every ${every / 1000} seconds.`);
    show(this.around.banner, true);
  }
}
