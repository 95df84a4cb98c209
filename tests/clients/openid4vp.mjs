// @openid4vc/openid4vci and @openid4vc/openid4vp: a wallet takes an offer by the texted code, then answers a verifier with what it
// got: its request is parsed and verified, the answer encrypted with jose, the SD-JWT VC shown in part by @sd-jwt/sd-jwt-vc.
import { createHash, generateKeyPairSync, randomBytes, sign, verify, X509Certificate } from 'node:crypto'
import { CompactEncrypt, importJWK } from 'jose'
import { Openid4vciClient, setGlobalConfig } from '@openid4vc/openid4vci'
import { Openid4vpClient } from '@openid4vc/openid4vp'
import { clientAuthenticationAnonymous } from '@openid4vc/oauth2'
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc'
import { ask, hangUp, say, task } from './conversation.mjs'

setGlobalConfig({ allowInsecureUrls: true })
const key = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const publicJwk = key.publicKey.export({ format: 'jwk' })
const bytes = (data) => Buffer.from(data)
const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
const digest = (data, algorithm) => new Uint8Array(createHash(algorithm.replace('-', '')).update(bytes(data)).digest())
const signText = (text) => sign('sha256', bytes(text), { key: key.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')

const callbacks = {
  hash: digest,
  generateRandom: (length) => new Uint8Array(randomBytes(length)),
  signJwt: (_signer, { header, payload }) => {
    const head = `${encode(header)}.${encode(payload)}`
    return { jwt: `${head}.${signText(head)}`, signerJwk: publicJwk }
  },
  verifyJwt: (signer, { compact }) => {
    const { publicKey } = new X509Certificate(Buffer.from(signer.x5c[0], 'base64'))
    const [head, body, signature] = compact.split('.')
    const how = { key: publicKey, dsaEncoding: 'ieee-p1363' }
    const verified = verify('sha256', bytes(`${head}.${body}`), how, Buffer.from(signature, 'base64url'))
    return { verified, signerJwk: publicKey.export({ format: 'jwk' }) }
  },
  encryptJwe: async ({ publicJwk: reader, alg, enc }, data) => {
    const header = { alg, enc, kid: reader.kid }
    const jwe = await new CompactEncrypt(bytes(data)).setProtectedHeader(header).encrypt(await importJWK(reader, alg))
    return { jwe, encryptionJwk: reader }
  },
  decryptJwe: () => { throw new Error('nothing comes encrypted') },
  getX509CertificateMetadata: (certificate) => {
    const names = new X509Certificate(Buffer.from(certificate, 'base64')).subjectAltName.split(', ')
    const of = (kind) => names.filter((name) => name.startsWith(kind)).map((name) => name.slice(kind.length))
    return { sanDnsNames: of('DNS:'), sanUriNames: of('URI:') }
  },
  clientAuthentication: clientAuthenticationAnonymous()
}

const SERVER = {
  authorization_signing_alg_values_supported: [],
  authorization_encryption_alg_values_supported: ['ECDH-ES'],
  authorization_encryption_enc_values_supported: ['A128GCM', 'A256GCM']
}
const credential = await takeOffer()
const outcomes = []
for (const request of JSON.parse(await ask({ received: true }))) outcomes.push(await answer(request))
say({ outcomes })
hangUp()

async function takeOffer () {
  const client = new Openid4vciClient({ callbacks })
  const credentialOffer = await client.resolveCredentialOffer(task.offer)
  const issuerMetadata = await client.resolveIssuerMetadata(credentialOffer.credential_issuer)
  const { accessTokenResponse } = await client.retrievePreAuthorizedCodeAccessTokenFromOffer({
    credentialOffer, issuerMetadata, txCode: task.tx_code
  })
  const [credentialConfigurationId] = credentialOffer.credential_configuration_ids
  const { c_nonce: nonce } = await client.requestNonce({ issuerMetadata })
  const signer = { method: 'jwk', alg: 'ES256', publicJwk }
  const { jwt } = await client.createCredentialRequestJwtProof({ issuerMetadata, credentialConfigurationId, signer, nonce })
  const { credentialResponse } = await client.retrieveCredentials({
    accessToken: accessTokenResponse.access_token, issuerMetadata, credentialConfigurationId, proofs: { jwt: [jwt] }
  })
  return credentialResponse.credentials[0].credential
}

async function answer (link) {
  const client = new Openid4vpClient({ callbacks })
  const parsed = client.parseOpenid4vpAuthorizationRequest({ authorizationRequest: link })
  const resolved = await client.resolveOpenId4vpAuthorizationRequest({ authorizationRequestPayload: parsed.params, wallet: {} })
  const asked = resolved.authorizationRequestPayload
  const [query] = resolved.dcql.query.credentials
  const shown = await show(query.claims.map(({ path }) => path[0]), asked)
  const { authorizationResponsePayload, jarm } = await client.createOpenid4vpAuthorizationResponse({
    authorizationRequestPayload: asked,
    authorizationResponsePayload: { vp_token: { [query.id]: [shown] } },
    ...(asked.response_mode === 'direct_post.jwt'
      ? { jarm: { encryption: { nonce: randomBytes(16).toString('base64url') }, serverMetadata: SERVER } }
      : {})
  })
  const { response } = await client.submitOpenid4vpAuthorizationResponse({ authorizationRequestPayload: asked, authorizationResponsePayload, jarm })
  return { status: response.status, prefix: resolved.client.prefix, version: resolved.version, body: await response.text() }
}

async function show (names, asked) {
  const holder = new SDJwtVcInstance({
    hasher: digest,
    hashAlg: 'sha-256',
    kbSigner: signText,
    kbSignAlg: 'ES256'
  })
  const payload = { iat: Math.floor(Date.now() / 1000), aud: asked.client_id, nonce: asked.nonce }
  return holder.present(credential, Object.fromEntries(names.map((name) => [name, true])), { kb: { payload } })
}
