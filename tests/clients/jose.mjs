// jose: verifies a token against the published keys: its kind, issuer, and what else the task names. A task with a `paper` is about
// a paper's token, any other about one of the given type and claims.
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { say, task } from './conversation.mjs'

const keys = createRemoteJWKSet(new URL(`${task.issuer}/api/v1/keys`))
try {
  const { payload, protectedHeader } = await jwtVerify(task.token, keys, {
    issuer: task.issuer,
    audience: task.audience,
    subject: task.subject,
    typ: task.paper ? `eid-${task.paper}+jwt` : task.typ,
    algorithms: ['ES256'],
    requiredClaims: task.paper ? ['jti', 'status', task.paper] : task.required
  })
  say({ payload, protectedHeader })
} catch (error) {
  say({ refused: error.code })
}
