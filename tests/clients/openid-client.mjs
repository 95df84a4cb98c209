// openid-client: discovery, code flow with PKCE, state and nonce, `iss` in the response, the ID token's signature, refreshing, userinfo.
import * as client from 'openid-client'
import { say, sendCitizenTo, task } from './conversation.mjs'

const proofs = {
  basic: () => client.ClientSecretBasic(task.client_secret),
  post: () => client.ClientSecretPost(task.client_secret),
  none: () => client.None()
}
const config = await client.discovery(new URL(task.issuer), task.client_id, undefined, proofs[task.proof](), {
  execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks]
})
const pkceCodeVerifier = client.randomPKCECodeVerifier()
const expectedState = client.randomState()
const expectedNonce = client.randomNonce()
const back = await sendCitizenTo(client.buildAuthorizationUrl(config, {
  redirect_uri: task.redirect_uri,
  scope: task.scope,
  code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
  code_challenge_method: 'S256',
  state: expectedState,
  nonce: expectedNonce,
  max_age: '600'
}))
const tokens = await client.authorizationCodeGrant(config, back, {
  pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true, maxAge: 600
})
const claims = tokens.claims()
const refreshed = tokens.refresh_token ? await client.refreshTokenGrant(config, tokens.refresh_token) : null
const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub)
say({
  claims, userinfo, access_token: tokens.access_token, refreshed: refreshed && refreshed.claims(),
  issuer: config.serverMetadata().issuer
})
