// How the provider signs what it sends: by its own package.
import { Stripe } from '../packages.mjs';

const { webhooks } = new Stripe('sk_test_none');

// The secret that the tests' configuration knows.
export const secret = 'whsec_end_to_end';

// signature: the header of a delivery at that second; by another secret if one is given.
export const signature = (payload, at, key = secret) => webhooks.generateTestHeaderString({ payload, secret: key, timestamp: at });

// verified: what the package's own check makes of a delivery.
export const verified = (payload, header, at) => webhooks.constructEvent(payload, header, secret, 300, undefined, at);
