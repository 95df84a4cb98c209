// Base64url, SHA-256, and the CBOR that mdocs are made of (RFC 8949): definite lengths, no floats, tags kept.
export const utf8 = text => new TextEncoder().encode(text)
export const text = bytes => new TextDecoder().decode(bytes)

export function toBase64url (bytes) {
  let binary = ''
  for (const byte of new Uint8Array(bytes)) binary += String.fromCharCode(byte)
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

export function fromBase64url (value) {
  return Uint8Array.from(atob(value.replaceAll('-', '+').replaceAll('_', '/')), each => each.charCodeAt(0))
}

export const sha256 = async bytes => new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
export const readJson = value => JSON.parse(text(fromBase64url(value)))

export function join (...parts) {
  const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0))
  parts.reduce((at, part) => { all.set(part, at); return at + part.length }, 0)
  return all
}

export class Tag {
  constructor (number, value) { this.number = number; this.value = value }
}

/** Octets that are CBOR already. */
export class Raw {
  constructor (bytes) { this.bytes = bytes }
}

function head (major, size) {
  if (size < 24) return Uint8Array.of(major << 5 | size)
  if (size < 256) return Uint8Array.of(major << 5 | 24, size)
  if (size < 65536) return Uint8Array.of(major << 5 | 25, size >> 8, size & 255)
  return Uint8Array.of(major << 5 | 26, size >>> 24, size >> 16 & 255, size >> 8 & 255, size & 255)
}

export function writeCbor (value) {
  if (value instanceof Raw) return value.bytes
  if (value instanceof Tag) return join(head(6, value.number), writeCbor(value.value))
  if (value instanceof Uint8Array) return join(head(2, value.length), value)
  if (value === null) return Uint8Array.of(0xf6)
  if (typeof value === 'boolean') return Uint8Array.of(value ? 0xf5 : 0xf4)
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value)
  if (typeof value === 'string') return join(head(3, utf8(value).length), utf8(value))
  if (Array.isArray(value)) return join(head(4, value.length), ...value.map(writeCbor))
  const pairs = [...(value instanceof Map ? value : Object.entries(value))].map(pair => pair.map(writeCbor))
  pairs.sort(([one], [other]) => compare(one, other))
  return join(head(5, pairs.length), ...pairs.flat())
}

function compare (one, other) {
  for (let at = 0; at < Math.min(one.length, other.length); at++) {
    if (one[at] !== other[at]) return one[at] - other[at]
  }
  return one.length - other.length
}

export const embed = value => new Tag(24, writeCbor(value))

/** The value, and each tag with the octets that it was read from (`raw`). */
export function readCbor (bytes) {
  const reader = { bytes, at: 0 }
  const value = next(reader)
  if (reader.at !== bytes.length) throw new Error('more than one value')
  return value
}

function next (reader) {
  const start = reader.at
  const first = reader.bytes[reader.at++]
  const major = first >> 5
  const size = readSize(reader, first & 31)
  if (major === 0) return size
  if (major === 1) return -1 - size
  if (major === 2 || major === 3) {
    const part = reader.bytes.slice(reader.at, reader.at + size)
    if (part.length !== size) throw new Error('cut short')
    reader.at += size
    return major === 2 ? part : text(part)
  }
  if (major === 4) return Array.from({ length: size }, () => next(reader))
  if (major === 5) return new Map(Array.from({ length: size }, () => [next(reader), next(reader)]))
  if (major === 6) {
    const tag = new Tag(size, next(reader))
    tag.raw = reader.bytes.slice(start, reader.at)
    return tag
  }
  return { 20: false, 21: true, 22: null }[first & 31]
}

function readSize (reader, short) {
  if (short < 24) return short
  const length = { 24: 1, 25: 2, 26: 4, 27: 8 }[short]
  if (!length) throw new Error('an indefinite length')
  let size = 0
  for (let count = 0; count < length; count++) size = size * 256 + reader.bytes[reader.at++]
  return size
}
