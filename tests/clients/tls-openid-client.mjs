// openid-client: a client that proves itself by the certificate of its TLS connection, and whose tokens are bound to it (RFC 8705).
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import * as client from 'openid-client'
import { say, sendCitizenTo, task } from './conversation.mjs'

const ca = readFileSync(task.authority)
const shown = { cert: readFileSync(task.certificate), key: readFileSync(task.key) }

// fetch, as far as it is needed here, over connections that show a certificate or none.
const fetchBy = (certificate) => (address, options) => new Promise((resolve, reject) => {
  const headers = Object.fromEntries(new Headers(options.headers))
  const sent = request(address, { method: options.method, headers, ca, ...certificate }, (answer) => {
    const parts = []
    answer.on('data', (part) => parts.push(part))
    answer.on('end', () => resolve(new Response(Buffer.concat(parts), { status: answer.statusCode, headers: answer.headers })))
  })
  sent.on('error', reject)
  sent.end(options.body ? String(options.body) : undefined)
})

const config = await client.discovery(new URL(task.issuer), task.client_id, undefined, client.TlsClientAuth(), {
  [client.customFetch]: fetchBy(shown)
})
const pkceCodeVerifier = client.randomPKCECodeVerifier()
const [expectedState, expectedNonce] = [client.randomState(), client.randomNonce()]
const back = await sendCitizenTo(await client.buildAuthorizationUrlWithPAR(config, {
  redirect_uri: task.redirect_uri,
  scope: 'openid profile offline_access',
  code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
  code_challenge_method: 'S256',
  state: expectedState,
  nonce: expectedNonce
}))
const tokens = await client.authorizationCodeGrant(config, back, {
  pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true
})
const { sub } = tokens.claims()
const { access_token } = await client.refreshTokenGrant(config, tokens.refresh_token)
const userinfo = await client.fetchUserInfo(config, access_token, sub)
const told = await client.tokenIntrospection(config, access_token)
config[client.customFetch] = fetchBy({})
const stolen = await client.fetchUserInfo(config, access_token, sub).catch((error) => error.status)
const unproved = await client.refreshTokenGrant(config, tokens.refresh_token).catch((error) => error.status)
say({ userinfo, told, stolen, unproved })
