import type { Running } from '@aethex/shared/lifecycle'
import { call, codeOf } from '@aethex/shared/testing'
import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { startAnotherApi } from '../../testing/another-api.js'
import { inParallel, tally } from '../../testing/caller.js'
import { type PayingStudio, payingStudio } from '../../testing/paying-studio.js'
import { openStored } from '../../testing/stored.js'
import {
  type DoubledSubscription,
  type StripeDouble,
  startStripeDouble,
  stripeEvent,
  stripeSignature,
} from '../../testing/stripe-double.js'
import { LedgerList, SubscriptionAnswer } from './schema.js'
import { stripePayments } from './stripe-payments.js'

const stack = inject('stack')
const stored = openStored(stack)
const webhookSecret = 'whsec_only_for_tests'
let stripe: StripeDouble
let api: Running

beforeAll(async () => {
  stripe = await startStripeDouble()
  api = await startAnotherApi(stack, {
    STRIPE_API_URL: stripe.url,
    STRIPE_SECRET_KEY: 'sk_test_only_for_tests',
    STRIPE_WEBHOOK_SECRET: webhookSecret,
    STRIPE_PRICE_PRO: 'price_pro',
    BILLING_RETURN_URL: 'https://console.example/billing',
  })
})
afterAll(async () => {
  await api.close()
  await stripe.close()
  await stored.close()
})

const freshStudio = (terms?: { tier: 'enterprise' }) =>
  payingStudio(stack, stored, { apiUrl: api.url, ...(terms ? { terms } : {}) })
const short = () => uuidv7().replaceAll('-', '')

/** A subscription at Stripe, bought by a studio. */
function subscribe({ organizationId }: PayingStudio, status = 'active'): DoubledSubscription {
  const made = {
    id: `sub_${short()}`,
    customer: `cus_${short()}`,
    status,
    price: 'price_pro',
    metadata: { organization_id: organizationId },
  }
  stripe.subscriptions.set(made.id, made)
  return made
}

const deliver = (payload: string, signature = stripeSignature(payload, webhookSecret)) =>
  call('POST', `${api.url}/api/v1/billing/stripe/webhook`, {
    bytes: payload,
    headers: { 'stripe-signature': signature },
  })
const changed = (subscription: DoubledSubscription, type = 'updated', id = `evt_${short()}`) =>
  stripeEvent(id, `customer.subscription.${type}`, { ...subscription, object: 'subscription' })
const read = async (studio: PayingStudio) => {
  const { body } = await studio.bill('GET', '/subscription')
  const { tier, status, provider } = SubscriptionAnswer.parse(body).subscription
  return { tier, status, provider }
}
const ledger = async (studio: PayingStudio) =>
  LedgerList.parse((await studio.bill('GET', '/ledger')).body).items

describe('buying a tier', () => {
  test('A-PRC-06: leads to a page of Stripe, for the right price, in the name of the organisation', async () => {
    const studio = await freshStudio()
    const answer = await studio.bill('POST', '/checkout', { tier: 'pro' })
    expect(answer.status).toBe(201)
    expect(Object(answer.body).url).toMatch(/^http:\/\/checkout\.stripe\.example\//)
    expect(stripe.seen.at(-1)).toMatchObject({
      path: '/v1/checkout/sessions',
      authorization: 'Bearer sk_test_only_for_tests',
      form: {
        mode: 'subscription',
        'line_items[0][price]': 'price_pro',
        'line_items[0][quantity]': '1',
        client_reference_id: studio.organizationId,
        customer_email: studio.member.email,
        'subscription_data[metadata][organization_id]': studio.organizationId,
        success_url: 'https://console.example/billing',
      },
    })
    expect(await read(studio)).toMatchObject({ tier: 'free' })
  })

  test('cannot be skipped by asking for the tier itself', async () => {
    const studio = await freshStudio()
    const answer = await studio.bill('PUT', '/subscription', { tier: 'pro' })
    expect([answer.status, codeOf(answer)]).toEqual([409, 'checkout_required'])
    expect(answer.body).toMatchObject({
      checkout: `/api/v1/studio/organizations/${studio.organizationId}/checkout`,
    })
  })

  test('is not offered to who has it already', async () => {
    const studio = await freshStudio()
    await deliver(changed(subscribe(studio), 'created'))
    expect(codeOf(await studio.bill('POST', '/checkout', { tier: 'pro' }))).toBe(
      'already_subscribed',
    )
  })

  test('answers 503 while Stripe is out, and works again by itself', async () => {
    const studio = await freshStudio()
    stripe.isOut = true
    try {
      expect(codeOf(await studio.bill('POST', '/checkout', { tier: 'pro' }))).toBe('unavailable')
    } finally {
      stripe.isOut = false
    }
    expect((await studio.bill('POST', '/checkout', { tier: 'pro' })).status).toBe(201)
  })
})

describe('an event of Stripe', () => {
  test('gives the tier that was paid for, at once, with a line in ledger and audit log', async () => {
    const studio = await freshStudio()
    expect((await deliver(changed(subscribe(studio), 'created'))).status).toBe(204)
    expect(await read(studio)).toEqual({ tier: 'pro', status: 'active', provider: 'stripe' })
    expect(await ledger(studio)).toMatchObject([
      { kind: 'subscription_changed', details: { from: 'free', tier: 'pro', provider: 'stripe' } },
    ])
    const rows = await stored.rows(
      "SELECT actor_kind FROM audit_entry WHERE organization_id = $1 AND action = 'billing.stripe_webhook'",
      studio.organizationId,
    )
    expect(rows).toEqual([{ actor_kind: 'payment_provider' }])
    const portal = await studio.bill('POST', '/portal')
    expect(Object(portal.body).url).toContain('/p/session/')
  })

  test('is believed only with its signature over the very bytes, not older than five minutes', async () => {
    const studio = await freshStudio()
    const payload = changed(subscribe(studio), 'created')
    const good = stripeSignature(payload, webhookSecret)
    const sixMinutesAgo = Date.now() - 360_000
    const refused = [
      await deliver(payload, stripeSignature(payload, 'whsec_of_somebody_else')),
      await deliver(`${payload} `, good),
      await deliver(payload.replace('"livemode":false', '"livemode":true'), good),
      await deliver(payload, stripeSignature(payload, webhookSecret, sixMinutesAgo)),
      await deliver(payload, ''),
      await deliver(payload, 't=1,v1='),
    ]
    expect(refused.map(codeOf)).toEqual(Array(6).fill('signature_invalid'))
    expect(await read(studio)).toMatchObject({ tier: 'free' })
    expect((await deliver(payload, good)).status).toBe(204)
    expect(await read(studio)).toMatchObject({ tier: 'pro' })
  })

  test('that is sent twenty times, side by side and again later, takes effect once', async () => {
    const studio = await freshStudio()
    const payload = changed(subscribe(studio), 'created')
    const answers = await inParallel(20, () => deliver(payload))
    expect(tally(answers)).toEqual({ 204: 20 })
    await deliver(payload)
    expect(await ledger(studio)).toHaveLength(1)
  })

  test('that comes late does not bring back what has changed since', async () => {
    const studio = await freshStudio()
    const subscription = subscribe(studio)
    const created = changed(subscription, 'created')
    const pastDue = changed({ ...subscription, status: 'past_due' })
    subscription.status = 'canceled'
    await deliver(changed(subscription, 'deleted'))
    await deliver(pastDue)
    await deliver(created)
    expect(await read(studio)).toMatchObject({ tier: 'free' })
  })

  test('in any order, and all at once, ends in what Stripe says in the end', async () => {
    const studio = await freshStudio()
    const subscription = subscribe(studio)
    const events = Array.from({ length: 6 }, () => changed({ ...subscription }))
    const statuses = ['past_due', 'active', 'canceled', 'active', 'past_due']
    stripe.beforeSubscription = async () => {
      subscription.status = statuses.shift() ?? subscription.status
      await new Promise(resolve => setTimeout(resolve, Math.random() * 30))
    }
    try {
      expect(tally(await inParallel(6, index => deliver(events[index] ?? '')))).toEqual({ 204: 6 })
    } finally {
      stripe.beforeSubscription = async () => {}
    }
    expect(await read(studio)).toEqual({ tier: 'pro', status: 'past_due', provider: 'stripe' })
  })

  test('of a subscription that was replaced ends nothing', async () => {
    const studio = await freshStudio()
    const [old, current] = [subscribe(studio), subscribe(studio)]
    await deliver(changed(old, 'created'))
    await deliver(changed(current, 'created'))
    // Nobody pays for both.
    expect(old.status).toBe('canceled')
    await deliver(changed(old, 'deleted'))
    expect(await read(studio)).toMatchObject({ tier: 'pro', status: 'active' })
    current.status = 'canceled'
    await deliver(changed(current, 'deleted'))
    expect(await read(studio)).toMatchObject({ tier: 'free', status: 'ended' })
  })

  test('leaves a contract as it is', async () => {
    const studio = await freshStudio({ tier: 'enterprise' })
    const subscription = subscribe(studio)
    await deliver(changed(subscription, 'created'))
    subscription.status = 'canceled'
    await deliver(changed(subscription, 'deleted'))
    expect(await read(studio)).toMatchObject({ tier: 'enterprise' })
  })

  test('of another price, another organisation or another kind changes nothing and is taken', async () => {
    const studio = await freshStudio()
    const other = { ...subscribe(studio), price: 'price_of_something_else' }
    stripe.subscriptions.set(other.id, other)
    const lost = { ...subscribe(studio), metadata: { organization_id: uuidv7() } }
    stripe.subscriptions.set(lost.id, lost)
    const unknown = { ...subscribe(studio), id: `sub_${short()}` }
    for (const subscription of [other, lost, unknown]) {
      expect((await deliver(changed(subscription))).status).toBe(204)
    }
    const coupon = stripeEvent(`evt_${short()}`, 'coupon.created', { id: 'c', object: 'coupon' })
    expect((await deliver(coupon)).status).toBe(204)
    expect(await ledger(studio)).toEqual([])
  })

  test('is asked for again while Stripe cannot be reached: nothing of it is kept', async () => {
    const studio = await freshStudio()
    const payload = changed(subscribe(studio), 'created')
    stripe.isOut = true
    expect(codeOf(await deliver(payload))).toBe('unavailable')
    stripe.isOut = false
    expect((await deliver(payload)).status).toBe(204)
    expect(await read(studio)).toMatchObject({ tier: 'pro' })
  })
})

describe('a payment', () => {
  const invoice = (customer: string, facts: object = {}) => ({
    id: `in_${short()}`,
    object: 'invoice',
    customer,
    amount_due: 9_900,
    amount_paid: 9_900,
    currency: 'usd',
    ...facts,
  })

  test('is written in the ledger once, also when it comes before the subscription', async () => {
    const studio = await freshStudio()
    const subscription = subscribe(studio)
    const details = { metadata: subscription.metadata, subscription: subscription.id }
    const early = stripeEvent(
      `evt_${short()}`,
      'invoice.paid',
      invoice(subscription.customer, {
        parent: { type: 'subscription_details', subscription_details: details },
      }),
    )
    await deliver(early)
    await deliver(early)
    await deliver(changed(subscription, 'created'))
    const failed = invoice(subscription.customer, { amount_paid: 0 })
    await deliver(stripeEvent(`evt_${short()}`, 'invoice.payment_failed', failed))
    expect((await ledger(studio)).map(entry => [entry.kind, entry.amount_minor])).toEqual([
      ['payment_failed', 9_900],
      ['subscription_changed', 0],
      ['payment', 9_900],
    ])
  })

  test('that failed leaves the tier, and says so', async () => {
    const studio = await freshStudio()
    const subscription = subscribe(studio)
    await deliver(changed(subscription, 'created'))
    subscription.status = 'past_due'
    await deliver(changed(subscription))
    expect(await read(studio)).toMatchObject({ tier: 'pro', status: 'past_due' })
    subscription.status = 'unpaid'
    await deliver(changed(subscription))
    expect(await read(studio)).toMatchObject({ tier: 'free', status: 'ended' })
  })
})

describe('overage', () => {
  test('is put on the next invoice of Stripe, under a key that charges once', async () => {
    const payments = stripePayments({
      apiUrl: stripe.url,
      secretKey: 'sk_test_only_for_tests',
      webhookSecret,
      proPrice: 'price_pro',
      returnUrl: stack.api_url,
    })
    await payments.charge({
      customerId: 'cus_1',
      amountMinor: 450,
      currency: 'USD',
      description: 'Usage beyond the limits in 2026-02',
      key: 'overage of one month',
    })
    expect(stripe.seen.at(-1)).toMatchObject({
      path: '/v1/invoiceitems',
      idempotencyKey: 'overage of one month',
      form: { customer: 'cus_1', amount: '450', currency: 'usd' },
    })
    await payments.cancel('sub_that_never_was')
  })
})

describe('leaving', () => {
  test('ends the subscription at Stripe and the tier here, and the event of it changes nothing more', async () => {
    const studio = await freshStudio()
    const subscription = subscribe(studio)
    await deliver(changed(subscription, 'created'))
    const answer = await studio.bill('PUT', '/subscription', { tier: 'free' })
    expect(answer.status).toBe(200)
    expect(subscription.status).toBe('canceled')
    expect(await read(studio)).toMatchObject({ tier: 'free' })
    await deliver(changed(subscription, 'deleted'))
    expect(await read(studio)).toMatchObject({ tier: 'free', status: 'ended' })
  })

  test('by deleting the organisation ends the subscription at Stripe, or waits until that is possible', async () => {
    const studio = await freshStudio()
    const subscription = subscribe(studio)
    await deliver(changed(subscription, 'created'))
    const name = `?name=${encodeURIComponent('Night Owl Games')}`
    stripe.isOut = true
    expect(codeOf(await studio.bill('DELETE', name))).toBe('unavailable')
    stripe.isOut = false
    expect(await read(studio)).toMatchObject({ tier: 'pro' })
    expect((await studio.bill('DELETE', name)).status).toBe(204)
    expect(subscription.status).toBe('canceled')
    expect((await deliver(changed(subscription, 'deleted'))).status).toBe(204)
  })
})
