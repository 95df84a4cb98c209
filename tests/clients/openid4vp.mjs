// @openid4vc/openid4vci and @openid4vc/openid4vp: a wallet takes an offer by the texted code, then answers a verifier with what it
// got: its request is parsed and verified, the answer encrypted with jose, the SD-JWT VC shown in part by @sd-jwt/sd-jwt-vc, the mdoc
// by @owf/mdoc, which computes the session transcript by itself.
import { createHash, generateKeyPairSync, randomBytes, sign, verify, X509Certificate } from 'node:crypto'
import { calculateJwkThumbprint, CompactEncrypt, importJWK } from 'jose'
import { CoseKey, DeviceRequest, DocRequest, Holder, IssuerSigned, ItemsRequest, SessionTranscript } from '@owf/mdoc'
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
const credentials = await takeOffer()
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
  const found = {}
  for (const id of credentialOffer.credential_configuration_ids) {
    const { format } = issuerMetadata.credentialIssuer.credential_configurations_supported[id]
    found[format] = await takeOne(client, issuerMetadata, id, accessTokenResponse.access_token)
  }
  return found
}

async function takeOne (client, issuerMetadata, credentialConfigurationId, accessToken) {
  const { c_nonce: nonce } = await client.requestNonce({ issuerMetadata })
  const signer = { method: 'jwk', alg: 'ES256', publicJwk }
  const { jwt } = await client.createCredentialRequestJwtProof({ issuerMetadata, credentialConfigurationId, signer, nonce })
  const { credentialResponse } = await client.retrieveCredentials({
    accessToken, issuerMetadata, credentialConfigurationId, proofs: { jwt: [jwt] }
  })
  return credentialResponse.credentials[0].credential
}

async function answer (link) {
  const client = new Openid4vpClient({ callbacks })
  const parsed = client.parseOpenid4vpAuthorizationRequest({ authorizationRequest: link })
  const resolved = await client.resolveOpenId4vpAuthorizationRequest({ authorizationRequestPayload: parsed.params, wallet: {} })
  const asked = resolved.authorizationRequestPayload
  const [query] = resolved.dcql.query.credentials
  const shown = await (query.format === 'mso_mdoc' ? showMdoc : showVc)(query, asked)
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

async function showVc ({ claims }, asked) {
  const holder = new SDJwtVcInstance({ hasher: digest, hashAlg: 'sha-256', kbSigner: signText, kbSignAlg: 'ES256' })
  const payload = { iat: Math.floor(Date.now() / 1000), aud: asked.client_id, nonce: asked.nonce }
  const frame = Object.fromEntries(claims.map(({ path }) => [path[0], true]))
  return holder.present(credentials['dc+sd-jwt'], frame, { kb: { payload } })
}

async function showMdoc ({ meta, claims }, asked) {
  const context = {
    crypto: { digest: ({ digestAlgorithm, bytes: data }) => digest(data, digestAlgorithm.toLowerCase()) },
    cose: {
      sign1: {
        sign: ({ toBeSigned }) =>
          new Uint8Array(sign('sha256', toBeSigned, { key: key.privateKey, dsaEncoding: 'ieee-p1363' }))
      }
    }
  }
  const reader = asked.client_metadata.jwks?.keys[0]
  const sessionTranscript = await SessionTranscript.forOid4Vp({
    clientId: asked.client_id,
    nonce: asked.nonce,
    responseUri: asked.response_uri,
    ...(reader ? { jwkThumbprint: new Uint8Array(Buffer.from(await calculateJwkThumbprint(reader), 'base64url')) } : {})
  }, context)
  const names = {}
  for (const { path: [space, name] } of claims) (names[space] ??= {})[name] = false
  const itemsRequest = ItemsRequest.create({ docType: meta.doctype_value, namespaces: names })
  const deviceRequest = DeviceRequest.create({ docRequests: [DocRequest.create({ itemsRequest })] })
  const response = await Holder.createDeviceResponseForDeviceRequest({
    deviceRequest,
    sessionTranscript,
    issuerSigned: [IssuerSigned.fromEncodedForOid4Vci(credentials.mso_mdoc)],
    signature: { signingKey: CoseKey.fromJwk({ ...key.privateKey.export({ format: 'jwk' }), alg: 'ES256' }) }
  }, context)
  return response.encodedForOid4Vp
}
