// Lives whose events may come in any order: each a function from a customer to what happened to it, and the moment, after
// all of it, at which the events arrive.
import { seconds } from './stripe/calendar.mjs';
import { packs, prices } from './shop.mjs';

const start = seconds('2026-01-10T09:00Z');

// When the accounts were opened.
export const opened = '2026-01-05T08:00Z';

export const lives = {
  'subscribed, renewed, upgraded': {
    arrival: '2026-02-20T09:00Z',
    happen(customer) {
      customer.subscribe(start, prices.starter);
      customer.renew();
      customer.changePlan(seconds('2026-02-14T09:00Z'), prices.pro);
    },
  },
  'failed, paid late': {
    arrival: '2026-03-01T09:00Z',
    happen(customer) {
      customer.subscribe(start, prices.pro);
      customer.failRenewal();
      customer.failAgain(seconds('2026-02-13T10:00Z'));
      customer.payOpenInvoice(seconds('2026-02-16T10:00Z'));
    },
  },
  'failed, not paid yet': {
    arrival: '2026-02-27T09:00Z',
    happen(customer) {
      customer.subscribe(start, prices.pro);
      customer.failRenewal();
      customer.failAgain(seconds('2026-02-13T10:00Z'));
    },
  },
  'refunded in parts, disputed and lost': {
    arrival: '2026-02-08T09:00Z',
    happen(customer) {
      customer.subscribe(start, prices.pro);
      customer.buyPack(seconds('2026-01-20T09:00Z'), packs.small, { metadata: { pack: 'small' } });
      customer.refund(seconds('2026-01-21T09:00Z'), customer.payments[0], 3300);
      customer.refund(seconds('2026-01-22T09:00Z'), customer.payments[0], 1650);
      customer.dispute(seconds('2026-01-23T09:00Z'), customer.payments[1]);
      customer.closeDispute(seconds('2026-02-02T09:00Z'), customer.payments[1], 'lost');
    },
  },
  'disputed and won': {
    arrival: '2026-02-08T09:00Z',
    happen(customer) {
      customer.subscribe(start, prices.starter);
      customer.dispute(seconds('2026-01-23T09:00Z'), customer.payments[0]);
      customer.closeDispute(seconds('2026-02-02T09:00Z'), customer.payments[0], 'won');
    },
  },
  'a trial, then paid, then left': {
    arrival: '2026-04-01T09:00Z',
    happen(customer) {
      customer.subscribe(start, prices.starter, { trialDays: 14 });
      customer.renew();
      customer.cancelAtPeriodEnd(seconds('2026-02-01T09:00Z'));
      customer.cancel(customer.subscription.period.end);
    },
  },
  'upgraded, downgraded, renewed': {
    arrival: '2026-02-20T09:00Z',
    happen(customer) {
      customer.subscribe(start, prices.starter);
      customer.changePlan(seconds('2026-01-14T09:00Z'), prices.pro);
      customer.changePlan(seconds('2026-01-28T09:00Z'), prices.starter);
      customer.renew();
    },
  },
  'left and came back': {
    arrival: '2026-02-20T09:00Z',
    happen(customer) {
      customer.subscribe(start, prices.starter);
      customer.cancel(seconds('2026-01-15T09:00Z'));
      customer.subscribe(seconds('2026-02-01T09:00Z'), prices.pro);
    },
  },
  'packs with and without an invoice': {
    arrival: '2026-01-20T09:00Z',
    happen(customer) {
      customer.subscribe(start, prices.starter);
      customer.buyPack(seconds('2026-01-12T09:00Z'), packs.small, { withInvoice: true });
      customer.buyPack(seconds('2026-01-13T09:00Z'), packs.small, { metadata: { pack: 'small' } });
      customer.refund(seconds('2026-01-14T09:00Z'), customer.payments[1], 500);
    },
  },
  'a period paid after the next one': {
    arrival: '2026-03-25T09:00Z',
    happen(customer) {
      customer.subscribe(start, prices.starter);
      customer.failRenewal();
      const unpaid = customer.openInvoice;
      customer.renew();
      customer.payOpenInvoice(seconds('2026-03-20T09:00Z'), unpaid);
    },
  },
  'failed, then ended unpaid': {
    arrival: '2026-03-05T09:00Z',
    happen(customer) {
      customer.subscribe(start, prices.pro);
      customer.failRenewal();
      customer.failAgain(seconds('2026-02-13T10:00Z'));
      customer.cancel(seconds('2026-02-20T10:00Z'));
    },
  },
  'a first payment in vain, then another': {
    arrival: '2026-01-20T09:00Z',
    happen(customer) {
      customer.subscribeInVain(start, prices.pro);
      customer.subscribe(seconds('2026-01-12T09:00Z'), prices.starter);
    },
  },
  'all free for the first month': {
    arrival: '2026-02-20T09:00Z',
    happen(customer) {
      customer.credit = 1900;
      customer.subscribe(start, prices.starter);
      customer.renew();
    },
  },
};
