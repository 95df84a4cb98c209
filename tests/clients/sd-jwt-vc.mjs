// Reads {key, nonce, list, list_key, credentials: {name: presentation}} from standard input, verifies each with @sd-jwt/sd-jwt-vc under the issuer's
// key, and writes {name: {claims}, or {refused: why}}. The library leaves signatures to its caller: they are Node's.
import { readFileSync } from 'node:fs'
import { createHash, createPublicKey, verify } from 'node:crypto'
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc'

const task = JSON.parse(readFileSync(0, 'utf8'))
const holds = (jwk) => (data, signature) =>
  verify(
    'sha256',
    Buffer.from(data),
    { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url')
  )
const reader = new SDJwtVcInstance({
  hasher: (data, algorithm) => createHash(algorithm.replace('-', '')).update(Buffer.from(data)).digest(),
  hashAlg: 'sha-256',
  verifier: holds(task.key),
  kbVerifier: (data, signature, payload) => holds(payload.cnf.jwk)(data, signature),
  statusListFetcher: async () => task.list,
  statusVerifier: holds(task.list_key)
})
const verdicts = {}
for (const [name, text] of Object.entries(task.credentials)) {
  try {
    const { payload } = await reader.verify(text, { keyBindingNonce: task.nonce })
    verdicts[name] = { claims: payload }
  } catch (error) {
    verdicts[name] = { refused: String(error.message ?? error) }
  }
}
console.log(JSON.stringify(verdicts))
