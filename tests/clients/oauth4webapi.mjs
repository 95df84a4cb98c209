// oauth4webapi: the same flow step by step, each answer checked by the library before the next request.
import * as oauth from 'oauth4webapi'
import { say, sendCitizenTo, task } from './conversation.mjs'

const insecure = { [oauth.allowInsecureRequests]: true }
const issuer = new URL(task.issuer)
const discovered = await oauth.discoveryRequest(issuer, { algorithm: task.algorithm, ...insecure })
const as = await oauth.processDiscoveryResponse(issuer, discovered)
const client = { client_id: task.client_id, require_auth_time: true }
const proofs = {
  basic: () => oauth.ClientSecretBasic(task.client_secret),
  post: () => oauth.ClientSecretPost(task.client_secret),
  none: () => oauth.None()
}
const verifier = oauth.generateRandomCodeVerifier()
const state = oauth.generateRandomState()
const nonce = oauth.generateRandomNonce()
const address = new URL(as.authorization_endpoint)
const parameters = {
  client_id: client.client_id,
  redirect_uri: task.redirect_uri,
  response_type: 'code',
  scope: task.scope,
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
  state,
  nonce
}
for (const [name, value] of Object.entries(parameters)) address.searchParams.set(name, value)
const back = await sendCitizenTo(address)
const answer = oauth.validateAuthResponse(as, client, back, state)
const granted = await oauth.authorizationCodeGrantRequest(
  as, client, proofs[task.proof](), answer, task.redirect_uri, verifier, insecure
)
const tokens = await oauth.processAuthorizationCodeResponse(as, client, granted, { expectedNonce: nonce, requireIdToken: true })
await oauth.validateApplicationLevelSignature(as, granted, insecure)
const claims = oauth.getValidatedIdTokenClaims(tokens)
const told = await oauth.userInfoRequest(as, client, tokens.access_token, insecure)
const userinfo = await oauth.processUserInfoResponse(as, client, claims.sub, told)
say({ claims, userinfo, access_token: tokens.access_token, issuer: as.issuer })
