// Credentials: what they say, which of them answer a question (DCQL), and how they are shown with just that.
import { embed, fromBase64url, Raw, readCbor, readJson, sha256, Tag, toBase64url, utf8, writeCbor } from './encoding.js'
import { signBytes, signToken, thumbprint } from './jose.js'

/** Type, and claims by their paths as JSON texts: ["name"] of an SD-JWT VC, ["name space", "element"] of an mdoc. */
export function describe (kept) {
  return kept.format === 'mso_mdoc' ? describeMdoc(kept) : describeVc(kept)
}

function describeVc (kept) {
  const [token, ...disclosures] = kept.credential.split('~').filter(Boolean)
  const signed = readJson(token.split('.')[1])
  const claims = new Map()
  for (const disclosure of disclosures) {
    const [, name, value] = readJson(disclosure)
    claims.set(JSON.stringify([name]), { value, disclosure })
  }
  return { type: signed.vct, claims, holder: signed.cnf.jwk }
}

function describeMdoc (kept) {
  const signed = readCbor(fromBase64url(kept.credential))
  const object = readCbor(readCbor(signed.get('issuerAuth')[2]).value)
  const claims = new Map()
  for (const [space, items] of signed.get('nameSpaces')) {
    for (const item of items) {
      const content = readCbor(item.value)
      const path = JSON.stringify([space, content.get('elementIdentifier')])
      claims.set(path, { value: plain(content.get('elementValue')), space, item })
    }
  }
  const key = object.get('deviceKeyInfo').get('deviceKey')
  const holder = { x: toBase64url(key.get(-2)), y: toBase64url(key.get(-3)) }
  return { type: object.get('docType'), claims, holder }
}

function plain (value) {
  if (value instanceof Tag) return plain(value.value)
  if (value instanceof Map) return Object.fromEntries([...value].map(([name, each]) => [name, plain(each)]))
  if (value instanceof Uint8Array) return '…'
  return Array.isArray(value) ? value.map(plain) : value
}

/** One credential and its claims for each that is asked for; null where the wallet cannot answer. Sets: the first that fits. */
export function choose (query, kept) {
  const found = new Map()
  for (const asked of query.credentials) {
    const answer = chooseOne(asked, kept)
    if (answer) found.set(asked.id, answer)
  }
  if (!query.credential_sets) return found.size === query.credentials.length ? found : null
  const chosen = new Map()
  for (const { options, required = true } of query.credential_sets) {
    const option = options.find(ids => ids.every(id => found.has(id)))
    if (!option && required) return null
    for (const id of option ?? []) chosen.set(id, found.get(id))
  }
  return chosen
}

function chooseOne (asked, kept) {
  if (asked.trusted_authorities) return null
  const types = asked.format === 'mso_mdoc' ? [asked.meta.doctype_value] : asked.meta.vct_values
  const sets = asked.claim_sets ?? [null]
  for (const one of [...kept].sort((a, b) => a.shown - b.shown)) {
    const described = describe(one)
    if (one.format !== asked.format || !types.includes(described.type)) continue
    for (const ids of sets) {
      const wanted = (asked.claims ?? []).filter(claim => !ids || ids.includes(claim.id))
      if (wanted.every(claim => holds(described, claim))) return { kept: one, described, paths: wanted.map(pathOf) }
    }
  }
  return null
}

const pathOf = claim => JSON.stringify(claim.path)

function holds (described, claim) {
  const found = described.claims.get(pathOf(claim))
  return Boolean(found) && (!claim.values || claim.values.some(value => value === found.value))
}

/** The credential with these claims shown and no others, for this verifier and this question. */
export function present ({ kept, described, paths }, asked) {
  return kept.format === 'mso_mdoc' ? presentMdoc(kept, described, paths, asked) : presentVc(kept, described, paths, asked)
}

async function presentVc (kept, described, paths, asked) {
  const shown = [kept.credential.split('~')[0], ...paths.map(path => described.claims.get(path).disclosure)].join('~') + '~'
  const claims = {
    iat: Math.floor(Date.now() / 1000),
    aud: asked.client_id,
    nonce: asked.nonce,
    sd_hash: toBase64url(await sha256(utf8(shown)))
  }
  return shown + await signToken(kept.key, { typ: 'kb+jwt' }, claims)
}

/** OpenID4VP, appendix B.2.6.1; ISO/IEC 18013-5, 9.1.3. */
async function presentMdoc (kept, described, paths, asked) {
  const spaces = new Map()
  for (const path of paths) {
    const { space, item } = described.claims.get(path)
    spaces.set(space, [...(spaces.get(space) ?? []), new Raw(item.raw)])
  }
  const issuerAuth = readCbor(fromBase64url(kept.credential)).get('issuerAuth')
  const jwk = encryptionKey(asked)
  const info = [asked.client_id, asked.nonce, jwk ? await thumbprint(jwk) : null, asked.response_uri]
  const transcript = [null, null, ['OpenID4VPHandover', await sha256(writeCbor(info))]]
  const nothing = embed({})
  const content = writeCbor(embed(['DeviceAuthentication', transcript, described.type, nothing]))
  const header = writeCbor(new Map([[1, -7]]))
  const signed = writeCbor(['Signature1', header, new Uint8Array(), content])
  const signature = await signBytes(kept.key, signed)
  const document = {
    docType: described.type,
    issuerSigned: { nameSpaces: spaces, issuerAuth },
    deviceSigned: { nameSpaces: nothing, deviceAuth: { deviceSignature: [header, new Map(), null, signature] } }
  }
  return toBase64url(writeCbor({ version: '1.0', documents: [document], status: 0 }))
}

export function encryptionKey (asked) {
  if (asked.response_mode !== 'direct_post.jwt') return null
  return asked.client_metadata.jwks.keys.find(key => key.kty === 'EC' && key.crv === 'P-256')
}
