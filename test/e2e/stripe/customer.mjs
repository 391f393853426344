// One customer of the payment provider: what happens to it, move by move, and the events that the provider sends of that.
// Knows nothing of pg_credits. Every move returns its events in the order of their creation; `events` holds all of them.
import { day, hour, monthsAfter } from './calendar.mjs';
import * as shapes from './shapes.mjs';

// Ways in which an application tells the provider whose customer this is.
export const links = ['subscription', 'session', 'reference', 'nowhere'];

export class Customer {
  #shape;
  #key;
  #account;
  #link;
  #counter = 0;
  #changes = 0;

  // key: unique among customers, part of all ids. asInvoiceItem: prorations of the new shape name the item of the invoice only.
  constructor({ key, account, shape, link = 'subscription', asInvoiceItem = false }) {
    this.#key = key;
    this.#account = account;
    this.#shape = shape;
    this.#link = link;
    this.asInvoiceItem = asInvoiceItem;
    this.id = `cus_${key}`;
    this.events = [];
    this.payments = [];
    this.subscription = null;
    this.openInvoice = null;
    this.credit = 0; // of earlier invoices below zero; later ones are paid from it first
  }

  #next(prefix) {
    this.#counter += 1;
    return `${prefix}_${this.#key}n${this.#counter}`;
  }

  #emit(type, created, object, before) {
    const body = shapes.event(this.#shape, { id: this.#next('evt'), type, created, object: structuredClone(object), before });
    this.events.push({ id: body.id, type, created, text: JSON.stringify(body, null, 2) });
  }

  #move(doing) {
    const first = this.events.length;
    doing();
    return this.events.slice(first);
  }

  #metadata(place, more = {}) {
    return this.#link === place ? { account_id: this.#account, ...more } : { ...more };
  }

  #emitSubscription(type, created, before) {
    this.#emit(`customer.subscription.${type}`, created, shapes.subscription(this.#shape, this.subscription), before);
  }

  #emitSession(created, facts) {
    this.#emit('checkout.session.completed', created, shapes.checkoutSession(this.#shape, {
      id: this.#next('cs_test'),
      created: created - 60,
      customer: this.id,
      clientReference: this.#link === 'reference' ? this.#account : null,
      invoice: null,
      subscription: null,
      ...facts,
    }));
  }

  // #pay: an intent succeeds; the same whatever is paid.
  #pay(at, payment) {
    const paid = { refunded: 0, disputed: false, customer: this.id, created: at, charge: this.#next('ch'), metadata: {}, ...payment };
    this.payments.push(paid);
    this.#emit('charge.succeeded', at, shapes.charge(this.#shape, paid));
    this.#emit('payment_intent.succeeded', at, shapes.paymentIntent(this.#shape, paid));
    return paid;
  }

  #line(terms, amount, period, { proration = false, ofSubscription = true } = {}) {
    const { id = null, item = null } = ofSubscription ? this.subscription : {};
    return { id: this.#next('x'), terms, amount, period, proration, subscription: id, item, asInvoiceItem: proration && this.asInvoiceItem, description: terms.id, metadata: ofSubscription ? this.subscription.metadata : {} };
  }

  #invoice(created, reason, lines, period) {
    this.#changes += 1;
    const ofSubscription = lines.some((line) => line.subscription !== null);
    const total = lines.reduce((sum, line) => sum + line.amount, 0);
    const due = Math.max(0, total - this.credit);
    return {
      id: this.#next('in'), number: this.#changes, customer: this.id, created, reason, lines, period,
      currency: lines[0].terms.currency, metadata: {}, paid: 0, paidAt: null, attempts: 0, nextAttempt: null, charge: null,
      due, startingCredit: this.credit, endingCredit: due > 0 ? 0 : this.credit - total, intent: due > 0 ? this.#next('pi') : null,
      subscription: ofSubscription ? this.subscription.id : null,
      subscriptionMetadata: ofSubscription ? this.subscription.metadata : {},
    };
  }

  // #settle: the invoice is paid; what is not above zero is paid by that alone.
  #settle(invoice, at) {
    const amount = invoice.due;
    this.credit = invoice.endingCredit;
    invoice.attempts += 1;
    if (amount > 0) {
      const payment = this.#pay(at, { amount, currency: invoice.currency, intent: invoice.intent, invoice: invoice.id, description: 'Subscription' });
      invoice.charge = payment.charge;
      invoice.paid = amount;
    }
    invoice.paidAt = at;
    invoice.nextAttempt = null;
    const object = shapes.invoice(this.#shape, invoice);
    this.#emit('invoice.paid', at + 1, object);
    this.#emit('invoice.payment_succeeded', at + 1, object);
    if (this.#shape === 'new' && amount > 0) {
      this.#emit('invoice_payment.paid', at + 1, shapes.invoicePayment({ id: this.#next('x'), amount, created: at, currency: invoice.currency, invoice: invoice.id, intent: invoice.intent }));
    }
  }

  // subscribe: through a checkout session. The first state of a subscription is incomplete until its first invoice is paid.
  subscribe(at, terms, { trialDays = 0 } = {}) {
    return this.#move(() => {
      const trialEnd = trialDays > 0 ? at + trialDays * day : null;
      const period = { start: at, end: trialEnd ?? monthsAfter(at, 1) };
      this.#begin(at, terms, period, trialEnd);
      const invoice = this.#invoice(at, 'subscription_create', [this.#line(terms, trialEnd ? 0 : terms.amount, period)], { start: at, end: at });
      this.subscription.latestInvoice = invoice.id;
      this.#emitSubscription('created', at);
      this.#settle(invoice, at + 2);
      if (!trialEnd) {
        this.subscription.status = 'active';
        this.#emitSubscription('updated', at + 3, { status: 'incomplete' });
      }
      this.#emitSession(at + 4, {
        amount: trialEnd ? 0 : terms.amount, currency: terms.currency, mode: 'subscription', subscription: this.subscription.id, invoice: invoice.id, metadata: this.#metadata('session'),
      });
    });
  }

  // subscribeInVain: without a checkout session; the first payment fails, and is not made within the day that there is for it.
  subscribeInVain(at, terms) {
    return this.#move(() => {
      const period = { start: at, end: monthsAfter(at, 1) };
      this.#begin(at, terms, period, null);
      const invoice = this.#invoice(at, 'subscription_create', [this.#line(terms, terms.amount, period)], { start: at, end: at });
      this.subscription.latestInvoice = invoice.id;
      this.#emitSubscription('created', at);
      this.#fail(invoice, at + 2, null);
      this.openInvoice = null;
      this.subscription.status = 'incomplete_expired';
      this.#emitSubscription('updated', at + 23 * hour, { status: 'incomplete' });
    });
  }

  #begin(at, terms, period, trialEnd) {
    this.subscription = {
      id: this.#next('sub'), item: this.#next('si'), terms, period, anchor: trialEnd ?? at, months: trialEnd ? 0 : 1, created: at, customer: this.id, trialEnd,
      status: trialEnd ? 'trialing' : 'incomplete', metadata: this.#metadata('subscription'), latestInvoice: null, cancelAt: null, canceledAt: null, endedAt: null,
    };
  }

  // #advance: the next period begins, with its invoice, which is finalized an hour later.
  #advance() {
    const { period, anchor, months, terms, status } = this.subscription;
    const next = { start: period.end, end: monthsAfter(anchor, months + 1) };
    const before = { latest_invoice: this.subscription.latestInvoice };
    Object.assign(this.subscription, { period: next, months: months + 1 });
    if (status === 'trialing') this.subscription.status = 'active';
    const invoice = this.#invoice(period.end, 'subscription_cycle', [this.#line(terms, terms.amount, next)], period);
    this.subscription.latestInvoice = invoice.id;
    this.#emitSubscription('updated', period.end, before);
    return invoice;
  }

  renew() {
    return this.#move(() => {
      const invoice = this.#advance();
      this.#settle(invoice, invoice.created + hour);
    });
  }

  #fail(invoice, at, nextAttempt) {
    Object.assign(invoice, { attempts: invoice.attempts + 1, nextAttempt });
    this.openInvoice = invoice;
    this.#emit('invoice.payment_failed', at, shapes.invoice(this.#shape, invoice));
  }

  failRenewal() {
    return this.#move(() => {
      const invoice = this.#advance();
      const at = invoice.created + hour;
      this.#fail(invoice, at, at + 3 * day);
      this.subscription.status = 'past_due';
      this.#emitSubscription('updated', at, { status: 'active' });
    });
  }

  failAgain(at) {
    return this.#move(() => this.#fail(this.openInvoice, at, at + 3 * day));
  }

  payOpenInvoice(at, invoice = this.openInvoice) {
    return this.#move(() => {
      this.#settle(invoice, at);
      this.openInvoice = null;
      this.subscription.status = 'active';
      this.#emitSubscription('updated', at + 1, { status: 'past_due' });
    });
  }

  // changePlan: the rest of the period is settled at once, the unused part of the old price against that of the new one.
  changePlan(at, terms) {
    return this.#move(() => {
      const { period, terms: old } = this.subscription;
      const part = (amount) => Math.round((amount * (period.end - at)) / (period.end - period.start));
      const rest = { start: at, end: period.end };
      const lines = [this.#line(old, -part(old.amount), rest, { proration: true }), this.#line(terms, part(terms.amount), rest, { proration: true })];
      const invoice = this.#invoice(at, 'subscription_update', lines, period);
      Object.assign(this.subscription, { terms, latestInvoice: invoice.id });
      this.#emitSubscription('updated', at, { items: { data: [shapes.subscriptionItem(this.#shape, { id: this.subscription.item, subscription: this.subscription.id, terms: old, period, created: this.subscription.created })] } });
      this.#settle(invoice, at + 1);
    });
  }

  cancelAtPeriodEnd(at) {
    return this.#move(() => {
      Object.assign(this.subscription, { cancelAt: this.subscription.period.end, canceledAt: at });
      this.#emitSubscription('updated', at, { cancel_at_period_end: false });
    });
  }

  cancel(at) {
    return this.#move(() => {
      Object.assign(this.subscription, { status: 'canceled', canceledAt: this.subscription.canceledAt ?? at, endedAt: at });
      this.#emitSubscription('deleted', at);
    });
  }

  // buyPack: a checkout that is paid once; with an invoice only if the application asks for one.
  buyPack(at, terms, { withInvoice = false, metadata = {} } = {}) {
    return this.#move(() => {
      const session = { amount: terms.amount, currency: terms.currency, mode: 'payment', metadata: this.#metadata('session', metadata) };
      if (withInvoice) {
        const invoice = this.#invoice(at, 'manual', [this.#line(terms, terms.amount, { start: at, end: at }, { ofSubscription: false })], { start: at, end: at });
        this.#settle(invoice, at + 1);
        this.#emitSession(at + 3, { ...session, intent: invoice.intent, invoice: invoice.id });
      } else {
        const payment = this.#pay(at, { amount: terms.amount, currency: terms.currency, intent: this.#next('pi'), invoice: null, description: 'Credits' });
        this.#emitSession(at + 3, { ...session, intent: payment.intent });
      }
    });
  }

  // refund: the provider tells how much of the charge is refunded by now, not how much this time.
  refund(at, payment, amount) {
    return this.#move(() => {
      const before = { amount_refunded: payment.refunded };
      payment.refunded += amount;
      this.#emit('charge.refunded', at, shapes.charge(this.#shape, payment), before);
    });
  }

  #emitDispute(what, at, payment, status) {
    this.#emit(`charge.dispute.${what}`, at, shapes.dispute({ id: payment.dispute, amount: payment.amount - payment.refunded, currency: payment.currency, charge: payment.charge, intent: payment.intent, created: payment.disputedAt, status }));
  }

  dispute(at, payment) {
    return this.#move(() => {
      Object.assign(payment, { disputed: true, dispute: this.#next('dp'), disputedAt: at });
      this.#emitDispute('created', at, payment, 'needs_response');
      this.#emitDispute('funds_withdrawn', at + 1, payment, 'needs_response');
    });
  }

  closeDispute(at, payment, status) {
    return this.#move(() => {
      this.#emitDispute('closed', at, payment, status);
      if (status === 'won') this.#emitDispute('funds_reinstated', at + 1, payment, status);
    });
  }
}
