// oauth4webapi: the same step by step, with a client that signs its requests and binds its tokens to a key (FAPI-CIBA); its device
// flow is another client's.
import * as oauth from 'oauth4webapi'
import { SignJWT } from 'jose'
import { ask, hangUp, say, task } from './conversation.mjs'

const insecure = { [oauth.allowInsecureRequests]: true }
const issuer = new URL(task.issuer)
const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure))
const client = { client_id: task.client_id }
const key = await crypto.subtle.importKey('jwk', task.key, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])
const proof = oauth.PrivateKeyJwt({ key, kid: task.key.kid })
const DPoP = oauth.DPoP(client, await oauth.generateKeyPair('ES256'))

async function patiently (request) {
  for (let tries = 0; tries < 5; tries++) {
    try {
      return await request()
    } catch (error) {
      if (!oauth.isDPoPNonceError(error)) throw error
    }
  }
}

const signed = await new SignJWT({ scope: task.scope, login_hint: task.login_hint, binding_message: 'QUAY-08' })
  .setProtectedHeader({ alg: 'ES256', kid: task.key.kid })
  .setIssuer(task.client_id).setAudience(as.issuer).setIssuedAt().setNotBefore('0s').setExpirationTime('5m')
  .setJti(crypto.randomUUID()).sign(key)
const asked = await oauth.processBackchannelAuthenticationResponse(
  as, client, await oauth.backchannelAuthenticationRequest(as, client, proof, { request: signed }, insecure)
)
const poll = async () => oauth.processBackchannelAuthenticationGrantResponse(
  as, client, await oauth.backchannelAuthenticationGrantRequest(as, client, proof, asked.auth_req_id, { DPoP, ...insecure })
)
const pending = await patiently(poll).catch((error) => error.error)
await ask({ asked })
const tokens = await patiently(poll)

const kiosk = { client_id: task.kiosk_id }
const none = oauth.None()
const shown = await oauth.processDeviceAuthorizationResponse(
  as, kiosk, await oauth.deviceAuthorizationRequest(as, kiosk, none, { scope: task.scope }, insecure)
)
await ask({ shown })
const atKiosk = await oauth.processDeviceCodeResponse(
  as, kiosk, await oauth.deviceCodeGrantRequest(as, kiosk, none, shown.device_code, insecure)
)
say({
  pending,
  atCounter: oauth.getValidatedIdTokenClaims(tokens),
  token_type: tokens.token_type,
  atKiosk: oauth.getValidatedIdTokenClaims(atKiosk)
})
hangUp()
