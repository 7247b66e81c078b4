import type { components } from '../generated/openapi.js'

type Party = components['schemas']['Party']

/** Why, and which. */
export interface PartyLeft {
  party_id: string
  reason: 'left' | 'kicked' | 'ended'
}

/** What this device knows of the player's party, by answers and by news that may overtake each other. */
export interface OwnParty {
  current(): Party | null
  /** A party that the player is in, as somebody has seen it; what is older than what is known is passed over. */
  take(party: Party): void
  /** The player is not in that party any more. */
  drop(partyId: string, reason: PartyLeft['reason']): void
  /** To be asked before reading: `learn` passes over what has been read before something newer was heard. */
  mark(): number
  learn(party: Party | null, since: number): void
  forget(): void
}

export function createOwnParty(
  onUpdate: (party: Party) => void,
  onLeft: (left: PartyLeft) => void,
): OwnParty {
  let known: Party | null = null
  /** The party that was left last, and how much of it was seen: late news must not bring it back. */
  let left: { party_id: string; version: number } | undefined
  let changes = 0

  function isOld({ party_id, version }: Party): boolean {
    if (known?.party_id === party_id) return version <= known.version
    return left?.party_id === party_id && version <= left.version
  }

  function take(party: Party): void {
    if (isOld(party)) return
    known = party
    changes++
    onUpdate(party)
  }

  function drop(party_id: string, reason: PartyLeft['reason']): void {
    if (known?.party_id !== party_id) return
    left = { party_id, version: known.version }
    known = null
    changes++
    onLeft({ party_id, reason })
  }

  return {
    current: () => known,
    take,
    drop,
    mark: () => changes,
    learn(party, since) {
      if (party !== null) take(party)
      else if (changes === since && known !== null) drop(known.party_id, 'ended')
    },
    forget() {
      known = null
      left = undefined
      changes++
    },
  }
}
