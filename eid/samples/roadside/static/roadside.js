// Reads the code with the camera where the browser can (Shape Detection API); everywhere else there is the field.
'use strict'

const form = document.querySelector('[data-scan]')

async function offerCamera () {
  if (!form || !('BarcodeDetector' in window) || !navigator.mediaDevices) return
  const formats = await BarcodeDetector.getSupportedFormats()
  if (!formats.includes('qr_code')) return
  const detector = new BarcodeDetector({ formats: ['qr_code'] })
  const [start, stop] = ['scan', 'stop-scan'].map(act => form.querySelector(`[data-act=${act}]`))
  const video = form.querySelector('video')
  let stream = null

  function close () {
    if (stream) stream.getTracks().forEach(track => track.stop())
    stream = null
    video.hidden = stop.hidden = true
    start.hidden = false
  }

  async function look () {
    if (!stream) return
    const [found] = await detector.detect(video).catch(() => [])
    if (!found) return requestAnimationFrame(look)
    form.elements.code.value = found.rawValue
    close()
    form.requestSubmit(form.querySelector('[data-act=check]'))
  }

  start.addEventListener('click', async () => {
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } })
    } catch {
      form.querySelector('[data-camera-refused]').hidden = false
      return
    }
    video.srcObject = stream
    await video.play()
    video.hidden = stop.hidden = false
    start.hidden = true
    look()
  })
  stop.addEventListener('click', close)
  start.hidden = false
}

offerCamera()
