// oauth4webapi: the same step by step; each time the server names a nonce, the request is made anew with it.
import * as oauth from 'oauth4webapi'
import { say, sendCitizenTo, task } from './conversation.mjs'

const insecure = { [oauth.allowInsecureRequests]: true }
const issuer = new URL(task.issuer)
const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure))
const client = { client_id: task.client_id, require_auth_time: true }
const key = await crypto.subtle.importKey('jwk', task.key, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])
const signer = { key, kid: task.key.kid }
const proof = oauth.PrivateKeyJwt(signer)
const DPoP = oauth.DPoP(client, await oauth.generateKeyPair('ES256'))
let nonces = 0

async function withNonce (request) {
  const attempt = async () => await request()
  try {
    return await attempt()
  } catch (error) {
    if (!oauth.isDPoPNonceError(error)) throw error
    nonces++
    return await attempt()
  }
}

const verifier = oauth.generateRandomCodeVerifier()
const state = oauth.generateRandomState()
const nonce = oauth.generateRandomNonce()
let parameters = new URLSearchParams({
  client_id: client.client_id,
  redirect_uri: task.redirect_uri,
  response_type: 'code',
  response_mode: 'jwt',
  scope: task.scope,
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
  state,
  nonce
})
if (task.signed) {
  const request = await oauth.issueRequestObject(as, client, parameters, signer)
  parameters = new URLSearchParams({ client_id: client.client_id, request })
}
const pushed = await withNonce(async () => oauth.processPushedAuthorizationResponse(
  as, client, await oauth.pushedAuthorizationRequest(as, client, proof, parameters, { DPoP, ...insecure })
))
const address = new URL(as.authorization_endpoint)
address.searchParams.set('client_id', client.client_id)
address.searchParams.set('request_uri', pushed.request_uri)
const back = await sendCitizenTo(address)
const answer = await oauth.validateJwtAuthResponse(as, client, back, state, insecure)
const tokens = await withNonce(async () => oauth.processAuthorizationCodeResponse(
  as, client,
  await oauth.authorizationCodeGrantRequest(as, client, proof, answer, task.redirect_uri, verifier, { DPoP, ...insecure }),
  { expectedNonce: nonce, requireIdToken: true }
))
const claims = oauth.getValidatedIdTokenClaims(tokens)
const userinfo = await withNonce(async () => oauth.processUserInfoResponse(
  as, client, claims.sub, await oauth.userInfoRequest(as, client, tokens.access_token, { DPoP, ...insecure })
))
const asked = await oauth.introspectionRequest(as, client, proof, tokens.access_token, {
  requestJwtResponse: true, ...insecure
})
const told = await oauth.processIntrospectionResponse(as, client, asked)
await oauth.validateApplicationLevelSignature(as, asked, insecure)
const bearer = await oauth.userInfoRequest(as, client, tokens.access_token, insecure).then((response) => response.status)
say({
  claims, userinfo, nonces, told, stolen: bearer, token_type: tokens.token_type, answer: [...back.searchParams.keys()], issuer: as.issuer
})
