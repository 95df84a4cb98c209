// openid-client: some of a paper by authorization_details, a better sign-in because an API asks for it, a token for another service, and
// signing out in the end. The citizen is sent away three times.
import * as client from 'openid-client'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { say, sendCitizenTo, task } from './conversation.mjs'

const config = await client.discovery(
  new URL(task.issuer), task.client_id, undefined, client.ClientSecretBasic(task.client_secret),
  { execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks] }
)

async function signIn (wishes, wanted) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier()
  const [expectedState, expectedNonce] = [client.randomState(), client.randomNonce()]
  const back = await sendCitizenTo(client.buildAuthorizationUrl(config, {
    redirect_uri: task.redirect_uri,
    scope: 'openid',
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
    nonce: expectedNonce,
    ...wishes
  }))
  const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true }
  return await client.authorizationCodeGrant(config, back, checks, wanted)
}

const authorization_details = JSON.stringify(task.details)
const paper = new URL(`${task.issuer}/api/v1/papers/driving_licence/tokens`)
const weak = await signIn({ authorization_details, acr_values: 'LoA1' })
const challenged = await client.fetchProtectedResource(config, weak.access_token, paper, 'POST').catch((error) => error)
const { error, acr_values } = challenged.cause[0].parameters
const strong = await signIn({ authorization_details, acr_values })
const answer = await client.fetchProtectedResource(config, strong.access_token, paper, 'POST')
const keys = createRemoteJWKSet(new URL(`${task.issuer}/api/v1/keys`))
const { payload } = await jwtVerify((await answer.json()).token, keys, { audience: task.client_id, algorithms: ['ES256'] })

const resource = task.resource
const elsewhere = await signIn({ resource }, { resource })
const published = createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri))
const forThem = await jwtVerify(elsewhere.access_token, published, { audience: resource, issuer: task.issuer, typ: 'at+jwt' })
const here = await client.fetchUserInfo(config, elsewhere.access_token, elsewhere.claims().sub).catch((error) => error.code)

const out = client.buildEndSessionUrl(config, {
  id_token_hint: strong.id_token, post_logout_redirect_uri: task.redirect_uri, state: 'bye'
})
const back = await sendCitizenTo(out)
say({
  challenge: { error, acr_values },
  levels: [weak.claims().acr, strong.claims().acr],
  details: strong.authorization_details,
  licence: payload.driving_licence,
  elsewhere: { aud: forThem.payload.aud, client_id: forThem.payload.client_id, here },
  returned: back.searchParams.get('state')
})
