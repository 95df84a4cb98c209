// openid-client: the same sign-in with a client that proves itself by assertions, and whose ID token and userinfo may be encrypted for it.
import * as client from 'openid-client'
import { say, sendCitizenTo, task } from './conversation.mjs'

const rsa = { name: task.algorithm === 'PS256' ? 'RSA-PSS' : 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
const algorithms = { PS256: rsa, RS256: rsa, ES256: { name: 'ECDSA', namedCurve: 'P-256' }, Ed25519: 'Ed25519' }
async function keyProof () {
  const key = await crypto.subtle.importKey('jwk', task.key, algorithms[task.algorithm], false, ['sign'])
  return client.PrivateKeyJwt({ key, kid: task.key.kid })
}
const proof = task.key ? await keyProof() : client.ClientSecretJwt(task.client_secret)
const metadata = {
  id_token_signed_response_alg: task.id_token_alg,
  ...(task.userinfo_alg ? { userinfo_signed_response_alg: task.userinfo_alg } : {})
}
const config = await client.discovery(new URL(task.issuer), task.client_id, metadata, proof, {
  execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks]
})
if (task.reader) {
  const how = task.reader.kty === 'RSA' ? { name: 'RSA-OAEP', hash: 'SHA-256' } : { name: 'ECDH', namedCurve: 'P-256' }
  const key = await crypto.subtle.importKey('jwk', task.reader, how, false, task.reader.kty === 'RSA' ? ['decrypt'] : ['deriveBits'])
  client.enableDecryptingResponses(config, [task.enc], { key, kid: task.reader.kid })
}
const pkceCodeVerifier = client.randomPKCECodeVerifier()
const expectedState = client.randomState()
const expectedNonce = client.randomNonce()
const back = await sendCitizenTo(client.buildAuthorizationUrl(config, {
  redirect_uri: task.redirect_uri,
  scope: task.scope,
  code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
  code_challenge_method: 'S256',
  state: expectedState,
  nonce: expectedNonce
}))
const tokens = await client.authorizationCodeGrant(config, back, {
  pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true
})
const claims = tokens.claims()
const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub)
const told = await client.tokenIntrospection(config, tokens.access_token)
await client.tokenRevocation(config, tokens.access_token)
const ended = await client.tokenIntrospection(config, tokens.access_token)
say({ claims, userinfo, told, ended, parts: tokens.id_token.split('.').length, issuer: config.serverMetadata().issuer })
