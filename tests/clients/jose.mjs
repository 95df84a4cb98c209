// jose: verifies a paper's token against the published keys, its kind, issuer, audience, subject and times.
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { say, task } from './conversation.mjs'

const keys = createRemoteJWKSet(new URL(`${task.issuer}/api/v1/keys`))
try {
  const { payload, protectedHeader } = await jwtVerify(task.token, keys, {
    issuer: task.issuer,
    audience: task.audience,
    subject: task.subject,
    typ: `eid-${task.paper}+jwt`,
    algorithms: ['ES256'],
    requiredClaims: ['jti', 'status', task.paper]
  })
  say({ payload, protectedHeader })
} catch (error) {
  say({ refused: error.code })
}
