// openid-client registers itself (RFC 7591) with an initial access token, and signs a citizen in as what it was made.
import * as client from 'openid-client'
import { say, sendCitizenTo, task } from './conversation.mjs'

const config = await client.dynamicClientRegistration(
  new URL(task.issuer),
  { client_name: 'Máy thử', redirect_uris: [task.redirect_uri], response_types: ['code'], scope: 'openid profile' },
  undefined,
  { initialAccessToken: task.initial_access_token, execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks] }
)
const pkceCodeVerifier = client.randomPKCECodeVerifier()
const expectedState = client.randomState()
const back = await sendCitizenTo(client.buildAuthorizationUrl(config, {
  redirect_uri: task.redirect_uri,
  scope: 'openid',
  code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
  code_challenge_method: 'S256',
  state: expectedState
}))
const tokens = await client.authorizationCodeGrant(config, back, { pkceCodeVerifier, expectedState, idTokenExpected: true })
const claims = tokens.claims()
say({ claims, userinfo: await client.fetchUserInfo(config, tokens.access_token, claims.sub), metadata: config.clientMetadata() })
