// What is said to the service: by way of the wallet's own address, because a browser may not call another that does not invite it.
import { encrypt, makeKey, signToken, verifyRequest } from './jose.js'
import { choose, describe, encryptionKey, present } from './credentials.js'
import { keep, listKept } from './store.js'
import { toBase64url } from './encoding.js'

const PRE_AUTHORIZED = 'urn:ietf:params:oauth:grant-type:pre-authorized_code'
const FORM = 'application/x-www-form-urlencoded'
const COPIES = 4

/** What went wrong, by a name that the page has words for; `told` is what the other side says. */
export class Problem extends Error {
  constructor (name, told = '') { super(name); this.told = told }
}

async function send (url, { method = 'GET', body = '', headers = {} } = {}) {
  const letter = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ url, method, body, headers }) }
  const answer = await fetch('/letters', letter).then(each => each.json()).catch(() => ({ status: 0 }))
  if (!answer.status) throw new Problem('unreachable')
  return answer
}

async function sendJson (url, options) {
  const { status, body } = await send(url, options)
  const found = body ? JSON.parse(body) : {}
  if (status >= 400) throw new Problem('refused', found.error_description ?? found.detail ?? found.error ?? '')
  return found
}

const postForm = (url, form) => sendJson(url, { method: 'POST', body: new URLSearchParams(form).toString(), headers: { 'Content-Type': FORM } })
const postJson = (url, body, token) => sendJson(url, {
  method: 'POST',
  body: JSON.stringify(body),
  headers: { 'Content-Type': 'application/json', ...(token ? { Authorization: `Bearer ${token}` } : {}) }
})

const parametersOf = link => new URLSearchParams(link.slice(link.indexOf('?') + 1))

/** OpenID4VCI, section 4: what is offered, with the issuer's description of it. */
export async function readOffer (link) {
  const parameters = parametersOf(link)
  const reference = parameters.get('credential_offer_uri')
  const offer = reference ? await sendJson(reference) : JSON.parse(parameters.get('credential_offer'))
  const grant = offer.grants?.[PRE_AUTHORIZED]
  if (!grant) throw new Problem('not_understood')
  const issuer = await sendJson(wellKnown(offer.credential_issuer, 'openid-credential-issuer'))
  return { grant, issuer, ids: offer.credential_configuration_ids }
}

function wellKnown (address, name) {
  const { origin, pathname } = new URL(address)
  return `${origin}/.well-known/${name}${pathname.replace(/\/$/, '')}`
}

/** Copies of each credential, each bound to a key of its own, are in the wallet. */
export async function takeOffer ({ grant, issuer, ids }, txCode) {
  const server = await sendJson(wellKnown(issuer.authorization_servers?.[0] ?? issuer.credential_issuer, 'oauth-authorization-server'))
  const form = { grant_type: PRE_AUTHORIZED, 'pre-authorized_code': grant['pre-authorized_code'] }
  const { access_token: token } = await postForm(server.token_endpoint, grant.tx_code ? { ...form, tx_code: txCode } : form)
  for (const id of ids) await takeOne(issuer, id, token)
}

async function takeOne (issuer, id, token) {
  const { format, credential_metadata: metadata } = issuer.credential_configurations_supported[id]
  const most = issuer.batch_credential_issuance?.batch_size ?? 1
  const keys = await Promise.all(Array.from({ length: Math.min(COPIES, most) }, makeKey))
  const { c_nonce: nonce } = await postJson(issuer.nonce_endpoint, {})
  const claims = { aud: issuer.credential_issuer, iat: Math.floor(Date.now() / 1000), nonce }
  const proofs = await Promise.all(keys.map(key => signToken(key, { typ: 'openid4vci-proof+jwt', jwk: key.jwk }, claims)))
  const answer = await postJson(issuer.credential_endpoint, { credential_configuration_id: id, proofs: { jwt: proofs } }, token)
  if (!answer.credentials) throw new Problem('refused')
  for (const { credential } of answer.credentials) {
    const { holder } = describe({ format, credential })
    const key = keys.find(each => each.jwk.x === holder.x && each.jwk.y === holder.y)
    await keep({ format, credential, configuration: id, metadata, key, shown: 0 })
  }
  if (answer.notification_id) {
    await postJson(issuer.notification_endpoint, { notification_id: answer.notification_id, event: 'credential_accepted' }, token)
  }
}

/** OpenID4VP, section 5: the signed question, verified, and what of the wallet would answer it. */
export async function readQuestion (link) {
  const parameters = parametersOf(link)
  const nonce = toBase64url(crypto.getRandomValues(new Uint8Array(16)))
  const isPost = parameters.get('request_uri_method') === 'post'
  const how = { method: 'POST', body: new URLSearchParams({ wallet_nonce: nonce }).toString(), headers: { 'Content-Type': FORM } }
  const { status, body } = await send(parameters.get('request_uri'), isPost ? how : {})
  if (status !== 200) throw new Problem('not_understood')
  const asked = await verifyRequest(body.trim(), parameters.get('client_id')).catch(() => { throw new Problem('not_verified') })
  if (isPost && asked.wallet_nonce !== nonce) throw new Problem('not_verified')
  const chosen = choose(asked.dcql_query, await listKept())
  if (!chosen) throw new Problem('nothing_fits')
  return { asked, chosen }
}

/** The verifier has the answer; where it leads to, if anywhere. */
export async function answer ({ asked, chosen }) {
  const shown = {}
  for (const [id, one] of chosen) shown[id] = [await present(one, asked)]
  const found = await post(asked, { vp_token: shown })
  for (const { kept } of chosen.values()) await keep({ ...kept, shown: kept.shown + 1 })
  return found
}

export const deny = ({ asked }) => post(asked, { error: 'access_denied' })

async function post (asked, parameters) {
  const content = { ...parameters, state: asked.state }
  const key = encryptionKey(asked)
  const plain = () => Object.fromEntries(Object.entries(content).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]))
  const form = key ? { response: await encrypt(JSON.stringify(content), key) } : plain()
  return (await postForm(asked.response_uri, form)).redirect_uri ?? ''
}
