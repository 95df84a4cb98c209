// Tokens: signed with the wallet's keys, verified with the key of a certificate, encrypted to a verifier's key (RFC 7515, 7516).
import { fromBase64url, join, readJson, sha256, toBase64url, utf8 } from './encoding.js'

const CURVE = { name: 'ECDSA', namedCurve: 'P-256' }
const SIGN = { name: 'ECDSA', hash: 'SHA-256' }

/** A key of P-256 whose private part nobody can read out of the browser, this page included. */
export async function makeKey () {
  const pair = await crypto.subtle.generateKey(CURVE, false, ['sign', 'verify'])
  const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', pair.publicKey)
  return { privateKey: pair.privateKey, jwk: { kty, crv, x, y } }
}

export const signBytes = async (key, bytes) => new Uint8Array(await crypto.subtle.sign(SIGN, key.privateKey, bytes))

export async function signToken (key, header, claims) {
  const signed = [{ alg: 'ES256', ...header }, claims].map(part => toBase64url(utf8(JSON.stringify(part)))).join('.')
  return `${signed}.${toBase64url(await signBytes(key, utf8(signed)))}`
}

/** Claims and certificate of a request object whose signer is who `clientId` says: x509_hash, or x509_san_dns. */
export async function verifyRequest (token, clientId) {
  const [header, body, signature] = token.split('.')
  const { typ, alg, x5c } = readJson(header)
  if (typ !== 'oauth-authz-req+jwt' || alg !== 'ES256') throw new Error('no request object')
  const certificate = Uint8Array.from(atob(x5c[0]), each => each.charCodeAt(0))
  const claims = readJson(body)
  if (claims.client_id !== clientId) throw new Error('another verifier')
  if (clientId !== `x509_hash:${toBase64url(await sha256(certificate))}`) throw new Error('another certificate')
  const key = await crypto.subtle.importKey('spki', findPublicKey(certificate), CURVE, false, ['verify'])
  const holds = await crypto.subtle.verify(SIGN, key, fromBase64url(signature), utf8(`${header}.${body}`))
  if (!holds || (claims.exp && claims.exp < Date.now() / 1000)) throw new Error('signature or time')
  return claims
}

/** SubjectPublicKeyInfo: the seventh part of tbsCertificate, after version, serial, algorithm, issuer, validity and subject. */
function findPublicKey (der) {
  let at = elementOf(der, elementOf(der, 0).start).start
  for (let count = 0; count < 6; count++) at = elementOf(der, at).end
  return der.slice(at, elementOf(der, at).end)
}

function elementOf (der, at) {
  let length = der[at + 1]
  let start = at + 2
  if (length > 127) {
    const count = length & 127
    length = der.slice(start, start + count).reduce((sum, byte) => sum * 256 + byte, 0)
    start += count
  }
  return { start, end: start + length }
}

/** RFC 7638 of a public key of an elliptic curve. */
export const thumbprint = ({ crv, kty, x, y }) => sha256(utf8(JSON.stringify({ crv, kty, x, y })))

/** A compact JWE: ECDH-ES straight to a key of A256GCM (RFC 7518, 4.6). */
export async function encrypt (content, jwk) {
  const own = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveBits'])
  const { kty, crv, x, y } = jwk
  const other = await crypto.subtle.importKey('jwk', { kty, crv, x, y }, { name: 'ECDH', namedCurve: 'P-256' }, false, [])
  const secret = new Uint8Array(await crypto.subtle.deriveBits({ name: 'ECDH', public: other }, own.privateKey, 256))
  const epk = await crypto.subtle.exportKey('jwk', own.publicKey)
  const header = { alg: 'ECDH-ES', enc: 'A256GCM', kid: jwk.kid, epk: { kty: epk.kty, crv: epk.crv, x: epk.x, y: epk.y } }
  const encoded = toBase64url(utf8(JSON.stringify(header)))
  const info = join(number(7), utf8('A256GCM'), number(0), number(0), number(256))
  const key = await crypto.subtle.importKey('raw', await sha256(join(number(1), secret, info)), 'AES-GCM', false, ['encrypt'])
  const iv = crypto.getRandomValues(new Uint8Array(12))
  const how = { name: 'AES-GCM', iv, additionalData: utf8(encoded) }
  const sealed = new Uint8Array(await crypto.subtle.encrypt(how, key, utf8(content)))
  return [encoded, '', toBase64url(iv), toBase64url(sealed.slice(0, -16)), toBase64url(sealed.slice(-16))].join('.')
}

const number = value => Uint8Array.of(value >>> 24, value >> 16 & 255, value >> 8 & 255, value & 255)
