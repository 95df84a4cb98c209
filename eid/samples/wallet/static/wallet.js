// The page: one field for whatever was scanned or pasted, then what is offered or asked in words, and a decision.
import { answer, deny, Problem, readOffer, readQuestion, takeOffer } from './talking.js'
import { findSetting, keepSetting, listKept } from './store.js'
import { toBase64url, utf8 } from './encoding.js'

const language = document.documentElement.lang
const words = JSON.parse(document.querySelector('main').dataset.words)
const [link, offer, question] = ['link', 'offer', 'question'].map(id => document.getElementById(id))
const told = document.getElementById('told')
let pending = null

function tell (name, more = '', leadsTo = '') {
  told.textContent = [words[name], more].filter(Boolean).join(': ')
  if (leadsTo) {
    const back = document.createElement('a')
    Object.assign(back, { href: leadsTo, textContent: words.return, className: 'button', id: 'return' })
    told.append(back)
  }
  told.hidden = false
}

function show (form) {
  for (const each of [link, offer, question]) each.hidden = each !== form
}

/** A form's work, with one word while it lasts and words for what goes wrong. */
function handle (form, work) {
  form.addEventListener('submit', event => { event.preventDefault(); run(work) })
}

async function run (work) {
  tell('one_moment')
  try {
    await work()
  } catch (error) {
    tell(error instanceof Problem ? error.message : 'not_understood', error.told ?? '')
  }
}

const named = display => (display?.find(each => each.locale === language) ?? display?.[0])?.name

function titleOf (id, metadata) {
  return named(metadata?.display) ?? id
}

function labelOf (kept, path) {
  const claim = kept.metadata?.claims?.find(each => JSON.stringify(each.path) === path)
  return named(claim?.display) ?? JSON.parse(path).at(-1)
}

function addTo (list, tag, text) {
  const element = document.createElement(tag)
  element.textContent = text
  list.append(element)
}

async function drawPapers () {
  const papers = document.getElementById('papers')
  const counts = new Map()
  for (const kept of await listKept()) {
    const title = `${titleOf(kept.configuration, kept.metadata)} (${kept.format})`
    counts.set(title, (counts.get(title) ?? 0) + 1)
  }
  papers.replaceChildren()
  for (const [title, count] of counts) addTo(papers, 'li', `${title} – ${count} ${words.copies}`)
  if (!counts.size) addTo(papers, 'li', words.empty)
}

async function drawQuestion () {
  const { asked, chosen } = pending
  question.querySelector('[data-who]').textContent = asked.client_metadata?.client_name || asked.client_id
  question.querySelector('[data-why]').textContent = asked.client_metadata?.purpose || '–'
  const list = question.querySelector('[data-list]')
  list.replaceChildren()
  for (const { kept, described, paths } of chosen.values()) {
    for (const path of paths) {
      const { value } = described.claims.get(path)
      addTo(list, 'dt', `${titleOf(kept.configuration, kept.metadata)}: ${labelOf(kept, path)}`)
      addTo(list, 'dd', typeof value === 'object' ? JSON.stringify(value) : String(value))
    }
  }
  question.querySelector('[data-pin]').textContent = await findSetting('pin') ? words.pin : words.pin_new
  question.elements.pin.value = ''
}

/** The first six digits become the wallet's; later ones must be the same. A lock on the page, not on the keys. */
async function checkPin (digits) {
  const kept = await findSetting('pin') ?? { salt: crypto.getRandomValues(new Uint8Array(16)) }
  const secret = await crypto.subtle.importKey('raw', utf8(digits), 'PBKDF2', false, ['deriveBits'])
  const how = { name: 'PBKDF2', hash: 'SHA-256', salt: kept.salt, iterations: 100_000 }
  const derived = toBase64url(await crypto.subtle.deriveBits(how, secret, 256))
  if (kept.derived && kept.derived !== derived) throw new Problem('wrong_pin')
  await keepSetting('pin', { ...kept, derived })
}

function end (name, leadsTo = '') {
  pending = null
  link.reset()
  show(link)
  tell(name, '', leadsTo)
  return drawPapers()
}

handle(link, async () => {
  const text = link.elements.text.value.trim()
  if (text.startsWith('openid-credential-offer:')) {
    pending = await readOffer(text)
    const list = offer.querySelector('[data-list]')
    list.replaceChildren()
    for (const id of pending.ids) addTo(list, 'li', titleOf(id, pending.issuer.credential_configurations_supported[id]?.credential_metadata))
    offer.querySelector('[data-code]').hidden = !pending.grant.tx_code
    show(offer)
  } else {
    pending = await readQuestion(text)
    await drawQuestion()
    show(question)
  }
  told.hidden = true
})
handle(offer, async () => { await takeOffer(pending, offer.elements.tx_code.value.trim()); await end('received') })
handle(question, async () => { await checkPin(question.elements.pin.value); await end('shown', await answer(pending)) })
offer.querySelector('[data-act=cancel]').addEventListener('click', () => { pending = null; show(link); told.hidden = true })
question.querySelector('[data-act=deny]').addEventListener('click', () => run(async () => end('denied', await deny(pending))))

/** A link that leads here brings what to read behind its #; it is gone from the address at once. */
if (location.hash.length > 1) {
  link.elements.text.value = decodeURIComponent(location.hash.slice(1))
  history.replaceState(null, '', location.pathname)
  link.requestSubmit()
}

async function offerCamera () {
  if (!('BarcodeDetector' in window) || !navigator.mediaDevices) return
  if (!(await BarcodeDetector.getSupportedFormats()).includes('qr_code')) return
  const detector = new BarcodeDetector({ formats: ['qr_code'] })
  const [start, stop] = ['scan', 'stop-scan'].map(act => link.querySelector(`[data-act=${act}]`))
  const video = link.querySelector('video')
  let stream = null
  const close = () => {
    stream?.getTracks().forEach(track => track.stop())
    stream = null
    video.hidden = stop.hidden = true
    start.hidden = false
  }
  const look = async () => {
    if (!stream) return
    const [found] = await detector.detect(video).catch(() => [])
    if (!found) return requestAnimationFrame(look)
    link.elements.text.value = found.rawValue
    close()
    link.requestSubmit()
  }
  start.addEventListener('click', async () => {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } }).catch(() => null)
    if (!stream) return
    video.srcObject = stream
    await video.play()
    video.hidden = stop.hidden = false
    start.hidden = true
    look()
  })
  stop.addEventListener('click', close)
  start.hidden = false
}

drawPapers()
offerCamera()
