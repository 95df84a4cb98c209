// openid-client: FAPI 2.0 with a request pushed and, where the task says so, signed; private_key_jwt, DPoP with our nonces, an answer by
// JARM, refreshing, userinfo with the bound token, which nobody else may use.
import * as client from 'openid-client'
import { say, sendCitizenTo, task } from './conversation.mjs'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
const key = await crypto.subtle.importKey('jwk', task.key, algorithm, false, ['sign'])
const signer = { key, kid: task.key.kid }
const config = await client.discovery(new URL(task.issuer), task.client_id, undefined, client.PrivateKeyJwt(signer), {
  execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks, client.useJwtResponseMode]
})
const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'))
const pkceCodeVerifier = client.randomPKCECodeVerifier()
const expectedState = client.randomState()
const expectedNonce = client.randomNonce()
let parameters = new URLSearchParams({
  redirect_uri: task.redirect_uri,
  scope: task.scope,
  code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
  code_challenge_method: 'S256',
  state: expectedState,
  nonce: expectedNonce,
  max_age: '600'
})
if (task.signed) parameters = (await client.buildAuthorizationUrlWithJAR(config, parameters, signer)).searchParams
const back = await sendCitizenTo(await client.buildAuthorizationUrlWithPAR(config, parameters, { DPoP }))
const tokens = await client.authorizationCodeGrant(config, back, {
  pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true, maxAge: 600
}, undefined, { DPoP })
const claims = tokens.claims()
const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP })
const userinfo = await client.fetchUserInfo(config, refreshed.access_token, claims.sub, { DPoP })
const thief = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'))
const stolen = await client.fetchUserInfo(config, tokens.access_token, claims.sub, { DPoP: thief }).catch((error) => error.code)
say({
  claims, userinfo, stolen, token_type: tokens.token_type, answer: [...back.searchParams.keys()],
  asked: config.serverMetadata().pushed_authorization_request_endpoint, issuer: config.serverMetadata().issuer
})
