// Runs in a page before anything else, as a script: hears what the page plays, and sees frames and secrets of voice.
// `trick` is what another browser or a changed client would do; see voice-page.ts.

/** Runs inside the worker, before the SDK's program. */
function tapWorker(trick) {
  const channel = new BroadcastChannel('frames')
  let direction = ''
  addEventListener('rtctransform', event => {
    direction = event.transformer.options.direction
  })
  addEventListener('message', ({ data }) => {
    if (trick === 'wrong keys' && data.type === 'member_key') data.key.salt.fill(7)
  })
  const { pipeThrough } = ReadableStream.prototype
  ReadableStream.prototype.pipeThrough = function (step) {
    if (trick === 'unopened' && direction === 'in') return this
    const here = direction
    const tap = when =>
      new TransformStream({
        transform(frame, controller) {
          channel.postMessage({ spot: `${here} ${when}`, data: frame.data.slice(0) })
          controller.enqueue(frame)
        },
      })
    const shown = pipeThrough.call(this, tap('before'))
    return pipeThrough.call(pipeThrough.call(shown, step), tap('after'))
  }
}

const toBase64 = bytes => btoa(String.fromCharCode(...bytes))

function watchSecrets() {
  const { getRandomValues, subtle } = crypto
  const keep = bytes => {
    if (bytes.length === 32) window.secrets.push(toBase64(bytes))
  }
  crypto.getRandomValues = bytes => {
    keep(getRandomValues.call(crypto, bytes))
    return bytes
  }
  const { deriveBits } = subtle
  subtle.deriveBits = async (...asked) => {
    const bits = await deriveBits.apply(subtle, asked)
    keep(new Uint8Array(bits))
    return bits
  }
}

const sum = values => values.reduce((total, value) => total + value, 0)
const effective = values => Math.sqrt(sum(values.map(value => value * value)))

function meterIn(context) {
  const meter = context.createAnalyser()
  meter.fftSize = 4096
  meter.smoothingTimeConstant = 0
  return meter
}

/** How loud it is, and the amplitudes of the tones up to 6 kHz. */
function measure(meter) {
  const samples = new Float32Array(meter.fftSize)
  meter.getFloatTimeDomainData(samples)
  const levels = new Float32Array(512)
  meter.getFloatFrequencyData(levels)
  const tones = levels.map(level => 10 ** (level / 20))
  return { level: effective(samples) / Math.sqrt(samples.length), tones }
}

/** What the microphone's sound is made of, over all of its louder moments. */
let original = new Float32Array(512)

function watchMicrophones() {
  const { getUserMedia } = MediaDevices.prototype
  MediaDevices.prototype.getUserMedia = async function (wanted) {
    window.microphonesAsked++
    const stream = await getUserMedia.call(this, wanted)
    const context = new AudioContext()
    const meter = meterIn(context)
    context.createMediaStreamSource(stream.clone()).connect(meter)
    setInterval(() => {
      const { level, tones } = measure(meter)
      if (level > 0.05) original = original.map((value, index) => value + tones[index])
    }, 40)
    return stream
  }
}

function watchConnections() {
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...how) {
      super(...how)
      window.connections.push(this)
    }
  }
}

function watchFrames(trick) {
  const RealWorker = Worker
  // The tapped worker loads the SDK's program a little later.
  URL.revokeObjectURL = () => {}
  window.Worker = class extends RealWorker {
    constructor(url) {
      const program = `(${tapWorker})(${JSON.stringify(trick)});importScripts(${JSON.stringify(url)})`
      super(URL.createObjectURL(new Blob([program], { type: 'text/javascript' })))
    }
  }
  // Pages of one test each have a browser context of their own, and so a channel.
  new BroadcastChannel('frames').onmessage = ({ data: { spot, data } }) => {
    window.frames.push({ spot, bytes: toBase64(new Uint8Array(data)) })
  }
}

/** From 0 to 1: as the tones of the microphone, in the proportions of the microphone. */
const likenessOf = tones =>
  sum(tones.map((value, index) => value * original[index])) /
  (effective(tones) * effective(original))

/** Puts a meter beside the loudspeaker. */
function watchSound() {
  let meter
  const { connect } = AudioNode.prototype
  AudioNode.prototype.connect = function (to, ...rest) {
    if (to instanceof AudioDestinationNode) {
      if (meter?.context !== to.context) meter = meterIn(to.context)
      connect.call(this, meter)
    }
    return connect.call(this, to, ...rest)
  }
  window.listen = async (ms, isEnough = () => false) => {
    let loudest = 0
    let heard = new Float32Array(512)
    const until = performance.now() + ms
    const soFar = () => ({ loudest, likeness: likenessOf(heard) || 0 })
    while (performance.now() < until && !isEnough(soFar())) {
      await new Promise(resolve => setTimeout(resolve, 40))
      if (meter === undefined) continue
      const { level, tones } = measure(meter)
      loudest = Math.max(loudest, level)
      if (level > 0.02) heard = heard.map((value, index) => value + tones[index])
    }
    return soFar()
  }
}

window.events = []
window.secrets = []
window.frames = []
window.connections = []
window.microphonesAsked = 0
if (window.trick === 'older browser') delete window.RTCRtpScriptTransform
if (window.trick === 'deaf browser') {
  Object.defineProperty(RTCRtpSender.prototype, 'transform', { set() {} })
}
watchSecrets()
watchMicrophones()
watchConnections()
watchFrames(window.trick)
watchSound()
