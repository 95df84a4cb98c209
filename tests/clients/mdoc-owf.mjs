// Reads {root, transcript, credentials: {name: device response}} in base64 from standard input, verifies each with @owf/mdoc, and
// writes {name: null, or why it was refused}. The library leaves primitives to its caller: they are Node's.
import { readFileSync } from 'node:fs'
import { createHash, createPublicKey, randomBytes, verify, X509Certificate } from 'node:crypto'
import { CoseKey, SessionTranscript, Verifier } from '@owf/mdoc'

const task = JSON.parse(readFileSync(0, 'utf8'))
const bytes = (text) => new Uint8Array(Buffer.from(text, 'base64'))
const certified = (certificate) => new X509Certificate(certificate)
const parts = (name) => Object.fromEntries(name.split('\n').map((part) => part.split('=')))

const context = {
  crypto: {
    random: (length) => new Uint8Array(randomBytes(length)),
    digest: ({ digestAlgorithm, bytes }) =>
      new Uint8Array(createHash(digestAlgorithm.replace('-', '').toLowerCase()).update(bytes).digest()),
    calculateEphemeralMacKey: () => { throw new Error('no MAC was asked for') }
  },
  cose: {
    sign1: {
      sign: () => { throw new Error('nothing is signed here') },
      verify: ({ key, sign1 }) => {
        const jwk = createPublicKey({ key: key.jwk, format: 'jwk' })
        return verify('sha256', sign1.toBeSigned, { key: jwk, dsaEncoding: 'ieee-p1363' }, sign1.signature)
      }
    },
    mac0: { sign: () => { throw new Error('no MAC') }, verify: () => { throw new Error('no MAC') } }
  },
  x509: {
    getIssuerNameField: ({ certificate, field }) => [parts(certified(certificate).issuer)[field]].filter(Boolean),
    getPublicKey: ({ certificate }) => CoseKey.fromJwk(certified(certificate).publicKey.export({ format: 'jwk' })),
    verifyCertificateChain: ({ trustedCertificates, x5chain, now = new Date() }) => {
      const [signer] = x5chain.map(certified)
      const root = trustedCertificates.map(certified).find((each) => signer.checkIssued(each) && signer.verify(each.publicKey))
      if (!root || now < new Date(signer.validFrom) || now > new Date(signer.validTo)) throw new Error('not certified')
    },
    getCertificateData: ({ certificate }) => {
      const read = certified(certificate)
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

const verdicts = {}
for (const [name, data] of Object.entries(task.credentials)) {
  try {
    await Verifier.verifyDeviceResponse(
      {
        deviceResponse: bytes(data),
        sessionTranscript: SessionTranscript.decode(bytes(task.transcript)),
        trustedCertificates: [bytes(task.root)]
      },
      context
    )
    verdicts[name] = null
  } catch (error) {
    verdicts[name] = String(error.message ?? error)
  }
}
console.log(JSON.stringify(verdicts))
