/** How what is said reaches another player: from device to device, by a TURN server, or by the relay. */
export type PeerRoute = 'direct' | 'turn' | 'relay'

const textIn = (report: unknown, key: string): string | undefined => {
  const value: unknown = Object(report)[key]
  return typeof value === 'string' ? value : undefined
}

function selectedPair(reports: readonly unknown[]): unknown {
  const pairId = reports
    .filter(report => textIn(report, 'type') === 'transport')
    .map(report => textIn(report, 'selectedCandidatePairId'))
    .find(id => id !== undefined)
  const pairs = reports.filter(report => textIn(report, 'type') === 'candidate-pair')
  // Firefox marks the pair itself.
  return pairs.find(pair =>
    pairId === undefined
      ? Object(pair).selected === true || Object(pair).nominated === true
      : textIn(pair, 'id') === pairId,
  )
}

/** Whether an open connection goes by a TURN server, at whichever end (W3C WebRTC Statistics §8). */
export async function routeOf(connection: RTCPeerConnection): Promise<'direct' | 'turn'> {
  const reports: unknown[] = []
  const stats = await connection.getStats()
  stats.forEach(report => {
    reports.push(report)
  })
  const pair = selectedPair(reports)
  const ends = ['localCandidateId', 'remoteCandidateId'].map(key => textIn(pair, key))
  const isTurn = reports.some(
    report =>
      ends.includes(textIn(report, 'id') ?? '-') && textIn(report, 'candidateType') === 'relay',
  )
  return isTurn ? 'turn' : 'direct'
}
