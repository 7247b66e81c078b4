const items = ['potion_of_healing', 'iron_sword', 'oak_shield', 'rope', 'silver_key', 'old_map']

// A small generator with a fixed start (Numerical Recipes' LCG): every run saves the same game.
function numbers(): (below: number) => number {
  let state = 20_240_601
  return below => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state % below
  }
}

function itemText(pick: (below: number) => number): string {
  const kind = items[pick(items.length)]
  const [x, y, wear] = [pick(4_096), pick(4_096), pick(1_000) / 1_000]
  return JSON.stringify({ kind, count: 1 + pick(99), at: [x, y], wear, bound: pick(2) === 1 })
}

/**
 * The state of a game as JSON of about so many bytes. The answer makes the state of a turn:
 * all have one length, and no two are the same.
 */
export function gameData(bytes: number): (turn: number) => string {
  const pick = numbers()
  const held: string[] = []
  for (let left = bytes - 60; left > 0; ) {
    const text = itemText(pick)
    held.push(text)
    left -= text.length + 1
  }
  const rest = `,"level":3,"inventory":[${held.join(',')}]}`
  return turn => `{"turn":${1_000_000 + turn}${rest}`
}
