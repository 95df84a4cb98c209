// @openid4vc/openid4vci: a wallet from an offer to credentials, by pre-authorized code or by signing in; what it gets is then verified
// by @sd-jwt/sd-jwt-vc and @owf/mdoc under the issuing authority's root. The library leaves primitives to its caller: they are Node's.
import { createHash, createPublicKey, generateKeyPairSync, randomBytes, sign, verify, X509Certificate } from 'node:crypto'
import { Openid4vciClient, setGlobalConfig } from '@openid4vc/openid4vci'
import { clientAuthenticationAnonymous, clientAuthenticationNone } from '@openid4vc/oauth2'
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc'
import { CoseKey, IssuerSigned } from '@owf/mdoc'
import { ask, hangUp, say, task } from './conversation.mjs'

setGlobalConfig({ allowInsecureUrls: true })
const root = new X509Certificate(Buffer.from(task.root, 'base64'))
const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })
const keys = [pair(), pair()]
const publicJwk = (key) => key.publicKey.export({ format: 'jwk' })
const bytes = (data) => Buffer.from(data)
const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')

const client = new Openid4vciClient({
  callbacks: {
    hash: (data, algorithm) => new Uint8Array(createHash(algorithm.replace('-', '')).update(bytes(data)).digest()),
    generateRandom: (length) => new Uint8Array(randomBytes(length)),
    signJwt: (signer, { header, payload }) => {
      const key = keys.find((each) => publicJwk(each).x === signer.publicJwk.x)
      const head = `${encode(header)}.${encode(payload)}`
      const signature = sign('sha256', bytes(head), { key: key.privateKey, dsaEncoding: 'ieee-p1363' })
      return { jwt: `${head}.${signature.toString('base64url')}`, signerJwk: publicJwk(key) }
    },
    verifyJwt: () => { throw new Error('nothing to verify') },
    decryptJwe: () => { throw new Error('nothing is encrypted') },
    encryptJwe: () => { throw new Error('nothing is encrypted') },
    clientAuthentication: task.client_id
      ? clientAuthenticationNone({ clientId: task.client_id })
      : clientAuthenticationAnonymous()
  }
})

const credentialOffer = await client.resolveCredentialOffer(task.offer)
const issuerMetadata = await client.resolveIssuerMetadata(credentialOffer.credential_issuer)
const tokens = await (task.tx_code ? byCode() : bySigningIn())
const received = {}
for (const credentialConfigurationId of credentialOffer.credential_configuration_ids) {
  received[credentialConfigurationId] = await fetchOne(credentialConfigurationId)
}
say({ received })
hangUp()

async function byCode () {
  const answer = await client.retrievePreAuthorizedCodeAccessTokenFromOffer({ credentialOffer, issuerMetadata, txCode: task.tx_code })
  return answer.accessTokenResponse
}

async function bySigningIn () {
  const configurations = issuerMetadata.credentialIssuer.credential_configurations_supported
  const [first] = credentialOffer.credential_configuration_ids
  const started = await client.createAuthorizationRequestUrlFromOffer({
    credentialOffer, issuerMetadata, clientId: task.client_id, redirectUri: task.redirect_uri, scope: configurations[first].scope
  })
  const back = await ask({ address: started.authorizationRequestUrl })
  const { code } = client.parseAndVerifyAuthorizationResponseRedirectUrl({
    url: back, authorizationServerMetadata: issuerMetadata.authorizationServers[0]
  })
  const answer = await client.retrieveAuthorizationCodeAccessTokenFromOffer({
    credentialOffer,
    issuerMetadata,
    authorizationCode: code,
    pkceCodeVerifier: started.pkce.codeVerifier,
    redirectUri: task.redirect_uri
  })
  return answer.accessTokenResponse
}

async function fetchOne (credentialConfigurationId) {
  const proofs = []
  for (const key of keys) {
    const { c_nonce: nonce } = await client.requestNonce({ issuerMetadata })
    const signer = { method: 'jwk', alg: 'ES256', publicJwk: publicJwk(key) }
    proofs.push((await client.createCredentialRequestJwtProof({ issuerMetadata, credentialConfigurationId, signer, nonce })).jwt)
  }
  const { credentialResponse } = await client.retrieveCredentials({
    accessToken: tokens.access_token, issuerMetadata, credentialConfigurationId, proofs: { jwt: proofs }
  })
  const notification = { notificationId: credentialResponse.notification_id, event: 'credential_accepted' }
  await client.sendNotification({ accessToken: tokens.access_token, issuerMetadata, notification })
  const { format } = issuerMetadata.credentialIssuer.credential_configurations_supported[credentialConfigurationId]
  const found = []
  for (const { credential } of credentialResponse.credentials) found.push(await (format === 'mso_mdoc' ? readMdoc : readVc)(credential))
  return found
}

function certified (der) {
  const signer = new X509Certificate(der)
  if (!signer.checkIssued(root) || !signer.verify(root.publicKey)) throw new Error('not certified')
  return signer
}

async function readVc (credential) {
  const reader = new SDJwtVcInstance({
    hasher: (data, algorithm) => createHash(algorithm.replace('-', '')).update(bytes(data)).digest(),
    hashAlg: 'sha-256',
    verifier: (data, signature) => {
      const [leaf] = JSON.parse(Buffer.from(data.split('.')[0], 'base64url')).x5c
      const { publicKey } = certified(Buffer.from(leaf, 'base64'))
      return verify('sha256', bytes(data), { key: publicKey, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'))
    },
    statusListFetcher: async (uri) => (await fetch(uri)).text(),
    statusVerifier: () => true
  })
  const { payload } = await reader.verify(credential)
  return { type: payload.vct, number: payload.number, bound: keys.some((key) => publicJwk(key).x === payload.cnf.jwk.x) }
}

async function readMdoc (credential) {
  const issued = IssuerSigned.fromEncodedForOid4Vci(credential)
  const context = {
    crypto: { digest: ({ digestAlgorithm, bytes: data }) => new Uint8Array(createHash(digestAlgorithm.replace('-', '').toLowerCase()).update(data).digest()) },
    cose: {
      sign1: {
        verify: ({ key, sign1 }) =>
          verify('sha256', sign1.toBeSigned, { key: createPublicKey({ key: key.jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' }, sign1.signature)
      }
    },
    x509: {
      getIssuerNameField: ({ certificate, field }) =>
        [Object.fromEntries(new X509Certificate(certificate).issuer.split('\n').map((part) => part.split('=')))[field]].filter(Boolean),
      getPublicKey: ({ certificate }) => CoseKey.fromJwk(new X509Certificate(certificate).publicKey.export({ format: 'jwk' })),
      verifyCertificateChain: ({ x5chain }) => { certified(x5chain[0]) },
      getCertificateData: ({ certificate }) => {
        const read = new X509Certificate(certificate)
        return {
          issuerName: read.issuer,
          subjectName: read.subject,
          serialNumber: read.serialNumber,
          thumbprint: read.fingerprint256,
          notBefore: new Date(read.validFrom),
          notAfter: new Date(read.validTo),
          pem: read.toString()
        }
      }
    }
  }
  await issued.verify({ trustedCertificates: [new Uint8Array(root.raw)] }, context)
  const { docType: type } = issued.issuerAuth.mobileSecurityObject
  const claims = issued.getPrettyClaims(type === 'org.iso.18013.5.1.mDL' ? 'org.iso.18013.5.1' : type)
  return { type, number: claims.document_number, elements: Object.keys(claims).length }
}
