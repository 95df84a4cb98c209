// Reads {root, transcript_bytes, credentials: {name: device response}} in base64 from standard input, verifies each with @auth0/mdl, and
// writes {name: null, or why it was refused}.
import { readFileSync } from 'node:fs'
import { X509Certificate } from 'node:crypto'
import { Verifier } from '@auth0/mdl'

const task = JSON.parse(readFileSync(0, 'utf8'))
const bytes = (text) => Buffer.from(text, 'base64')
const verifier = new Verifier([new X509Certificate(bytes(task.root)).toString()])
const verdicts = {}
for (const [name, data] of Object.entries(task.credentials)) {
  try {
    await verifier.verify(bytes(data), { encodedSessionTranscript: bytes(task.transcript_bytes) })
    verdicts[name] = null
  } catch (error) {
    verdicts[name] = String(error.message ?? error)
  }
}
console.log(JSON.stringify(verdicts))
