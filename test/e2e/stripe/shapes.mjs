// What the payment provider's objects look like in its two shapes: `old`, an API version of before March 2025, and `new`,
// one of after it. Owns the places of fields and nothing of what happens; see customer.mjs for that.
// Times are seconds since 1970, amounts whole numbers of the currency's smallest unit.

export const versions = { old: '2024-09-30.acacia', new: '2026-07-29.dahlia' };

const list = (data, url) => ({ object: 'list', data, has_more: false, total_count: data.length, url });

const price = (terms) => ({
  id: terms.id,
  object: 'price',
  active: true,
  billing_scheme: 'per_unit',
  created: 1700000000,
  currency: terms.currency,
  custom_unit_amount: null,
  livemode: false,
  lookup_key: null,
  metadata: {},
  nickname: null,
  product: `prod_${terms.id}`,
  recurring: terms.interval ? { interval: terms.interval, interval_count: 1, meter: null, trial_period_days: null, usage_type: 'licensed' } : null,
  tax_behavior: 'unspecified',
  tiers_mode: null,
  transform_quantity: null,
  type: terms.interval ? 'recurring' : 'one_time',
  unit_amount: terms.amount,
  unit_amount_decimal: String(terms.amount),
});

// plan: the object that prices were before there were prices; subscriptions still carry it.
const plan = (terms) => ({
  id: terms.id,
  object: 'plan',
  active: true,
  amount: terms.amount,
  amount_decimal: String(terms.amount),
  billing_scheme: 'per_unit',
  created: 1700000000,
  currency: terms.currency,
  interval: terms.interval,
  interval_count: 1,
  livemode: false,
  metadata: {},
  meter: null,
  nickname: null,
  product: `prod_${terms.id}`,
  tiers_mode: null,
  transform_usage: null,
  trial_period_days: null,
  usage_type: 'licensed',
});

export function subscriptionItem(shape, { id, subscription, terms, period, created }) {
  const bounds = { current_period_end: period.end, current_period_start: period.start };
  return {
    id,
    object: 'subscription_item',
    created,
    ...(shape === 'new' ? bounds : {}),
    discounts: [],
    metadata: {},
    plan: plan(terms),
    price: price(terms),
    quantity: 1,
    subscription,
    tax_rates: [],
  };
}

export function subscription(shape, facts) {
  const { id, terms, period } = facts;
  const bounds = { current_period_end: period.end, current_period_start: period.start, plan: plan(terms), quantity: 1, discount: null };
  return {
    id,
    object: 'subscription',
    automatic_tax: { disabled_reason: null, enabled: false, liability: null },
    billing_cycle_anchor: facts.created,
    cancel_at: facts.cancelAt,
    cancel_at_period_end: facts.cancelAt !== null,
    canceled_at: facts.canceledAt,
    cancellation_details: { comment: null, feedback: null, reason: facts.canceledAt === null ? null : 'cancellation_requested' },
    collection_method: 'charge_automatically',
    created: facts.created,
    currency: terms.currency,
    ...(shape === 'old' ? bounds : { billing_mode: { flexible: null, type: 'classic' }, customer_account: null }),
    customer: facts.customer,
    days_until_due: null,
    default_payment_method: null,
    description: null,
    discounts: [],
    ended_at: facts.endedAt,
    items: list(
      [subscriptionItem(shape, { id: facts.item, subscription: id, terms, period, created: facts.created })],
      `/v1/subscription_items?subscription=${id}`,
    ),
    latest_invoice: facts.latestInvoice,
    livemode: false,
    metadata: facts.metadata,
    start_date: facts.created,
    status: facts.status,
    test_clock: null,
    trial_end: facts.trialEnd,
    trial_start: facts.trialEnd === null ? null : facts.created,
  };
}

// linePlace: where a line says what it is of. A proration is an item of the invoice that a change of the subscription made.
function linePlace(shape, line) {
  if (shape === 'old') {
    return {
      plan: line.terms.interval ? plan(line.terms) : null,
      price: price(line.terms),
      proration: line.proration,
      proration_details: { credited_items: null },
      subscription: line.subscription,
      ...(line.proration ? { invoice_item: `ii_${line.id}` } : {}),
      subscription_item: line.item,
      type: line.proration || !line.subscription ? 'invoiceitem' : 'subscription',
      tax_amounts: [],
      tax_rates: [],
    };
  }
  const details = { invoice_item: line.proration ? `ii_${line.id}` : null, proration: line.proration, proration_details: { credited_items: null }, subscription: line.subscription };
  const parent = line.subscription && !line.asInvoiceItem
    ? { invoice_item_details: null, subscription_item_details: { ...details, subscription_item: line.item }, type: 'subscription_item_details' }
    : { invoice_item_details: { ...details, invoice_item: `ii_${line.id}` }, subscription_item_details: null, type: 'invoice_item_details' };
  return {
    parent,
    pricing: { price_details: { price: line.terms.id, product: `prod_${line.terms.id}` }, type: 'price_details', unit_amount_decimal: String(line.amount) },
    quantity_decimal: '1',
    subtotal: line.amount,
    taxes: [],
  };
}

const invoiceLine = (shape, invoice, line) => ({
  id: `il_${line.id}`,
  object: 'line_item',
  amount: line.amount,
  currency: line.terms.currency,
  description: line.description,
  discount_amounts: [],
  discountable: !line.proration,
  discounts: [],
  invoice,
  livemode: false,
  metadata: line.metadata,
  period: { end: line.period.end, start: line.period.start },
  quantity: 1,
  ...linePlace(shape, line),
});

// invoicePlace: where an invoice says which subscription and which payment it belongs to. The new shape does not say the
// latter at all: invoice_payment.paid does.
function invoicePlace(shape, facts) {
  const details = facts.subscription ? { metadata: facts.subscriptionMetadata, subscription: facts.subscription } : null;
  if (shape === 'new') {
    return { amount_overpaid: 0, customer_account: null, total_taxes: [], parent: details && { quote_details: null, subscription_details: details, type: 'subscription_details' } };
  }
  return {
    charge: facts.paidAt === null || facts.paid === 0 ? null : facts.charge,
    discount: null,
    paid: facts.paidAt !== null,
    paid_out_of_band: false,
    payment_intent: facts.intent,
    quote: null,
    subscription: facts.subscription,
    subscription_details: { metadata: facts.subscription ? facts.subscriptionMetadata : null },
    tax: null,
    total_tax_amounts: [],
  };
}

export function invoice(shape, facts) {
  const total = facts.lines.reduce((sum, line) => sum + line.amount, 0);
  return {
    id: facts.id,
    object: 'invoice',
    amount_due: facts.due,
    amount_paid: facts.paid,
    amount_remaining: facts.due - facts.paid,
    attempt_count: facts.attempts,
    attempted: facts.attempts > 0,
    auto_advance: facts.paidAt === null,
    billing_reason: facts.reason,
    collection_method: 'charge_automatically',
    created: facts.created,
    currency: facts.currency,
    customer: facts.customer,
    description: null,
    discounts: [],
    due_date: null,
    effective_at: facts.created,
    lines: list(facts.lines.map((line) => invoiceLine(shape, facts.id, line)), `/v1/invoices/${facts.id}/lines`),
    livemode: false,
    metadata: facts.metadata,
    next_payment_attempt: facts.nextAttempt,
    number: `E2E-${facts.number}`,
    period_end: facts.period.end,
    period_start: facts.period.start,
    ending_balance: facts.paidAt === null ? null : -facts.endingCredit,
    starting_balance: -facts.startingCredit,
    status: facts.paidAt === null ? 'open' : 'paid',
    status_transitions: { finalized_at: facts.created, marked_uncollectible_at: null, paid_at: facts.paidAt, voided_at: null },
    subtotal: total,
    subtotal_excluding_tax: total,
    total,
    total_excluding_tax: total,
    ...invoicePlace(shape, facts),
  };
}

export const invoicePayment = (facts) => ({
  id: `inpay_${facts.id}`,
  object: 'invoice_payment',
  amount_paid: facts.amount,
  amount_requested: facts.amount,
  created: facts.created,
  currency: facts.currency,
  invoice: facts.invoice,
  is_default: true,
  livemode: false,
  payment: { payment_intent: facts.intent, type: 'payment_intent' },
  status: 'paid',
  status_transitions: { canceled_at: null, paid_at: facts.created },
});

export const paymentIntent = (shape, facts) => ({
  id: facts.intent,
  object: 'payment_intent',
  amount: facts.amount,
  amount_capturable: 0,
  amount_received: facts.amount,
  capture_method: 'automatic',
  client_secret: null,
  confirmation_method: 'automatic',
  created: facts.created,
  currency: facts.currency,
  customer: facts.customer,
  description: facts.description,
  ...(shape === 'old' ? { invoice: facts.invoice } : {}),
  latest_charge: facts.charge,
  livemode: false,
  metadata: facts.metadata,
  payment_method: 'pm_card',
  payment_method_types: ['card'],
  status: 'succeeded',
});

export const charge = (shape, facts) => ({
  id: facts.charge,
  object: 'charge',
  amount: facts.amount,
  amount_captured: facts.amount,
  amount_refunded: facts.refunded,
  balance_transaction: `txn_${facts.charge}`,
  billing_details: { address: { city: null, country: null, line1: null, line2: null, postal_code: null, state: null }, email: null, name: null, phone: null },
  captured: true,
  created: facts.created,
  currency: facts.currency,
  customer: facts.customer,
  description: facts.description,
  disputed: facts.disputed,
  failure_code: null,
  failure_message: null,
  ...(shape === 'old' ? { invoice: facts.invoice } : {}),
  livemode: false,
  metadata: facts.metadata,
  paid: true,
  payment_intent: facts.intent,
  refunded: facts.refunded === facts.amount,
  status: 'succeeded',
});

export const dispute = (facts) => ({
  id: facts.id,
  object: 'dispute',
  amount: facts.amount,
  balance_transactions: [{ id: `txn_${facts.id}`, object: 'balance_transaction', amount: -facts.amount, currency: facts.currency, fee: 1500, net: -facts.amount - 1500, type: 'adjustment' }],
  charge: facts.charge,
  created: facts.created,
  currency: facts.currency,
  is_charge_refundable: false,
  livemode: false,
  metadata: {},
  payment_intent: facts.intent,
  reason: 'fraudulent',
  status: facts.status,
});

export const checkoutSession = (shape, facts) => ({
  id: facts.id,
  object: 'checkout.session',
  amount_subtotal: facts.amount,
  amount_total: facts.amount,
  cancel_url: null,
  client_reference_id: facts.clientReference,
  created: facts.created,
  currency: facts.currency,
  customer: facts.customer,
  customer_details: { address: null, email: 'person@example.com', name: null, phone: null, tax_exempt: 'none', tax_ids: [] },
  expires_at: facts.created + 86400,
  invoice: facts.invoice,
  livemode: false,
  metadata: facts.metadata,
  mode: facts.mode,
  payment_intent: facts.mode === 'payment' ? facts.intent : null,
  payment_method_types: ['card'],
  payment_status: 'paid',
  status: 'complete',
  subscription: facts.subscription,
  success_url: 'https://example.com/thanks',
  total_details: { amount_discount: 0, amount_shipping: 0, amount_tax: 0 },
  ui_mode: shape === 'old' ? 'hosted' : 'hosted_page',
  url: null,
});

export const event = (shape, { id, type, created, object, before }) => ({
  id,
  object: 'event',
  api_version: versions[shape],
  created,
  data: before ? { object, previous_attributes: before } : { object },
  livemode: false,
  pending_webhooks: 1,
  request: { id: null, idempotency_key: null },
  type,
});
