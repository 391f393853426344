// Two charts above each other that share their time: money as bars and a line, the margin as a line. Numbers are made
// of the figures only here, for the places of points; what is printed as a figure never comes from here.
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Slot } from '../logic/slots.ts';
import { make, setAttribute } from './dom.ts';

const moneyHeight = 220;
const marginHeight = 110;
const gutter = 58;

// color: of the theme, as a canvas understands it: worked out by the browser for an element that has it.
function color(name: string): string {
  const probe = make('span', { hidden: true });
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const worked = getComputedStyle(probe).color;
  probe.remove();
  return worked;
}

function shortUsd(value: number): string {
  const size = Math.abs(value);
  const text = size >= 10_000 ? `${Math.round(size / 1000)}k` : size >= 100 || size === 0 ? size.toFixed(0) : size >= 1 ? size.toFixed(1).replace(/\.0$/, '') : Number(size.toPrecision(2)).toString();
  return `${value < 0 ? '\u2212' : ''}$${text}`;
}

function data(slots: readonly Slot[]): { money: uPlot.AlignedData; margin: uPlot.AlignedData } {
  const times = slots.map((slot) => slot.at);
  return {
    money: [times, slots.map((slot) => Number(slot.cost)), slots.map((slot) => Number(slot.revenue)), slots.map((slot) => Number(slot.profit))],
    margin: [times, slots.map((slot) => (slot.margin_pct === null ? null : Number(slot.margin_pct)))],
  };
}

export class Chart {
  readonly element: HTMLElement;
  readonly #money = make('div', { class: 'plot' });
  readonly #margin = make('div', { class: 'plot' });
  readonly #image = make('div', { role: 'img' }, this.#money, this.#margin);
  #plots: uPlot[] = [];
  #slots: readonly Slot[] = [];
  #zone = 'UTC';

  constructor(
    readonly name: string,
    readonly pointed: (place: number | undefined) => void,
  ) {
    this.element = make('div', { class: 'chart' }, this.#image);
    new ResizeObserver(() => this.#resize()).observe(this.element);
  }

  show(slots: readonly Slot[], zone: string, description: string): void {
    const isSame = this.#plots.length > 0 && zone === this.#zone;
    this.#slots = slots;
    this.#zone = zone;
    setAttribute(this.#image, 'aria-label', description);
    if (!isSame) {
      this.redraw();
      return;
    }
    const { money, margin } = data(slots);
    this.#plots[0]?.setData(money);
    this.#plots[1]?.setData(margin);
  }

  // redraw: anew, as after a change of colours.
  redraw(): void {
    for (const plot of this.#plots) plot.destroy();
    this.#plots = [];
    if (this.#slots.length === 0 || this.element.clientWidth === 0) return;
    const { money, margin } = data(this.#slots);
    this.#plots = [new uPlot(this.#moneyOptions(), money, this.#money), new uPlot(this.#marginOptions(), margin, this.#margin)];
  }

  #resize(): void {
    const width = this.element.clientWidth;
    if (this.#plots.length === 0) this.redraw();
    else this.#plots.forEach((plot, place) => plot.setSize({ width, height: place === 0 ? moneyHeight : marginHeight }));
  }

  #axis(values: (value: number) => string): uPlot.Axis {
    return {
      stroke: color('quiet'),
      grid: { stroke: color('line'), width: 1 },
      ticks: { show: false },
      font: '12px system-ui, sans-serif',
      size: gutter,
      space: 36,
      values: (_plot, splits) => splits.map(values),
    };
  }

  #timeAxis(isShown: boolean): uPlot.Axis {
    const short = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat => new Intl.DateTimeFormat('en-GB', { ...options, timeZone: this.#zone });
    const [day, hour] = [short({ day: 'numeric', month: 'short' }), short({ hour: '2-digit', minute: '2-digit' })];
    return {
      stroke: color('quiet'),
      grid: { show: false },
      ticks: { show: false },
      font: '12px system-ui, sans-serif',
      size: isShown ? 28 : 4,
      space: 64,
      values: (_plot, splits, _axis, _space, step) =>
        splits.map((at) => {
          const moment = new Date(at * 1000);
          const time = hour.format(moment);
          return !isShown ? '' : step >= 86_400 || time === '00:00' ? day.format(moment) : time;
        }),
    };
  }

  #common(height: number): Pick<uPlot.Options, 'width' | 'height' | 'tzDate' | 'legend' | 'cursor' | 'padding'> {
    return {
      width: this.element.clientWidth,
      height,
      tzDate: (at) => uPlot.tzDate(new Date(at * 1000), this.#zone),
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, sync: { key: this.name }, points: { size: 7 } },
      padding: [8, 20, 0, 0],
    };
  }

  #moneyOptions(): uPlot.Options {
    const bars = (align: 1 | -1): uPlot.Series.PathBuilder | undefined => uPlot.paths.bars?.({ size: [0.4, 14], align, gap: 1 });
    const bar = (name: string, align: 1 | -1): uPlot.Series => {
      const paths = bars(align);
      return { label: name, fill: color(name), stroke: color(name), width: 0, points: { show: false }, ...(paths ? { paths } : {}) };
    };
    return {
      ...this.#common(moneyHeight),
      scales: { y: { range: (_plot, low, high) => uPlot.rangeNum(Math.min(0, low), Math.max(0, high, 0.000001), { min: { pad: 0.1, soft: 0, mode: 1 }, max: { pad: 0.1 } }) } },
      axes: [this.#timeAxis(true), this.#axis(shortUsd)],
      series: [{}, bar('cost', -1), bar('revenue', 1), { label: 'profit', stroke: color('profit'), width: 2, points: { show: false } }],
      hooks: { setCursor: [(plot) => this.pointed(plot.cursor.idx ?? undefined)] },
    };
  }

  #marginOptions(): uPlot.Options {
    return {
      ...this.#common(marginHeight),
      scales: { y: { range: (_plot, low, high) => [Math.min(0, Math.max(-100, low ?? 0)), Math.max(100, high ?? 100)] } },
      axes: [this.#timeAxis(false), this.#axis((value) => `${value}%`.replace('-', '\u2212'))],
      series: [{}, { label: 'margin', stroke: color('margin'), width: 2, dash: [6, 3], spanGaps: false, points: { show: true, size: 5, fill: color('margin') } }],
    };
  }
}
