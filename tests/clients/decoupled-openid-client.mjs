// openid-client: CIBA by polling, the device flow, and token exchange. The citizen is asked on another device, or at the pages.
import * as client from 'openid-client'
import { ask, hangUp, say, task } from './conversation.mjs'

const config = await client.discovery(
  new URL(task.issuer), task.client_id, undefined, client.ClientSecretBasic(task.client_secret),
  { execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks] }
)
const soon = (answer) => ({ ...answer, interval: 1 })

const asked = await client.initiateBackchannelAuthentication(config, {
  scope: task.scope, login_hint: task.login_hint, binding_message: 'QUAY-07'
})
await ask({ asked })
const atCounter = await client.pollBackchannelAuthenticationGrant(config, soon(asked))

const shown = await client.initiateDeviceAuthorization(config, { scope: task.scope })
await ask({ shown })
const atKiosk = await client.pollDeviceAuthorizationGrant(config, soon(shown))

const pkceCodeVerifier = client.randomPKCECodeVerifier()
const expectedState = client.randomState()
const back = new URL(await ask({
  address: client.buildAuthorizationUrl(config, {
    redirect_uri: task.redirect_uri,
    scope: task.scope,
    resource: task.resource,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState
  })
}))
const own = await client.authorizationCodeGrant(config, back, { pkceCodeVerifier, expectedState, idTokenExpected: true })
const exchanged = await client.genericGrantRequest(config, 'urn:ietf:params:oauth:grant-type:token-exchange', {
  subject_token: own.access_token,
  subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
  resource: task.resource,
  scope: 'identity'
})
const told = await client.tokenIntrospection(config, exchanged.access_token)
const userinfo = await client.fetchUserInfo(config, atKiosk.access_token, atKiosk.claims().sub)
say({ atCounter: atCounter.claims(), atKiosk: atKiosk.claims(), userinfo, exchanged, told })
hangUp()
