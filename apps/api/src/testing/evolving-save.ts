const kinds = [
  'sword',
  'shield',
  'potion',
  'bow',
  'helmet',
  'ring',
  'boots',
  'scroll',
  'gem',
  'ore',
]
const attributes = ['of fire', 'of ice', 'ancient', 'broken', 'shiny', 'cursed', '', '', '']
const states = ['open', 'done', 'failed', 'locked']
const biomes = ['plains', 'forest', 'desert', 'tundra', 'ocean']
const creatures = ['tree', 'rock', 'chest', 'wolf', 'merchant']

type Fields = Record<string, unknown>

/** A game's save as a document, as it is at first and after each stretch of play. */
export interface EvolvingSave {
  /** The save as bytes of JSON. */
  bytes(): Buffer
  /** A stretch of play: some things change, few come and go. */
  play(): void
}

/** The same numbers for the same seed, from 0 to 1 (a linear congruential generator, Numerical Recipes' constants). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

/** A role-playing game's save of about that size: items, quests and the places of a world. */
export function evolvingSave(size: number, seed = 1): EvolvingSave {
  const random = seededRandom(seed)
  const below = (n: number) => Math.floor(random() * n)
  const oneOf = <T>(list: readonly T[]) => list[below(list.length)]
  const exact = (scale: number) => Math.round(random() * scale * 1000) / 1000
  const item = (): Fields => ({
    id: `i${below(2 ** 31).toString(36)}${below(2 ** 31).toString(36)}`,
    kind: oneOf(kinds),
    name: `${oneOf(attributes)} ${oneOf(kinds)}`.trim(),
    count: below(99),
    durability: exact(1),
    equipped: random() < 0.1,
  })
  const quest = (): Fields => ({
    id: `quest_${below(500)}`,
    state: oneOf(states),
    steps: [random() < 0.5, random() < 0.5, random() < 0.5],
    started_at: new Date(1.7e12 + below(1e9)).toISOString(),
  })
  const spot = (): Fields => ({
    at: [below(256) - 128, below(256) - 128],
    biome: oneOf(biomes),
    height: below(120),
    entity: { type: oneOf(creatures), hp: below(100), x: exact(100), y: exact(100) },
  })
  const save = {
    version: 12,
    player: { name: 'Aria', level: 37, gold: 12_345, x: exact(1000), y: exact(100), played: 1 },
    statistics: Object.fromEntries(
      Array.from({ length: 60 }, (_, at) => [`stat_${at}`, below(1e5)]),
    ),
    items: [] as Fields[],
    quests: [] as Fields[],
    world: [] as Fields[],
  }
  const bytes = () => Buffer.from(JSON.stringify(save))
  while (bytes().length < size) {
    const missing = Math.ceil((size - bytes().length) / 400)
    for (let more = 0; more < missing; more++) {
      save.items.push(item())
      if (more % 3 === 0) save.quests.push(quest())
      save.world.push(spot())
    }
  }
  function play(): void {
    Object.assign(save.player, { gold: below(1e5), x: exact(1000), y: exact(100) })
    save.player.played += below(1800)
    for (let change = 0; change < 4; change++) save.statistics[`stat_${below(60)}`] = below(1e5)
    for (let change = 0; change < 2; change++)
      Object.assign(save.items[below(save.items.length)] ?? {}, {
        count: below(99),
        durability: exact(1),
      })
    for (let change = 0; change < 3; change++)
      Object.assign(save.world[below(save.world.length)] ?? {}, { entity: spot().entity })
    Object.assign(save.quests[below(save.quests.length)] ?? {}, { state: oneOf(states) })
    save.items.push(item())
    if (random() < 0.5) save.items.splice(below(save.items.length), 1)
  }
  return { bytes, play }
}
