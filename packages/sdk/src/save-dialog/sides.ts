import { h } from '../auth-element/dom.js'
import { fill } from '../auth-element/texts.js'
import type { Side } from '../merge/merge-documents.js'
import { newerSide } from '../merge/resolve-conflict.js'
import type { SaveConflict } from '../resources/saves/conflict.js'
import { type Words, wordsOfDuration, wordsOfTime } from './plain-words.js'

/** A picture on its way; undefined where there is none. */
export type Picture = Promise<Blob | undefined>

/** Whose save was made later; a device's clock counts only as far as the server can confirm it. */
export function newerOf({ mine, theirs }: SaveConflict): Side {
  if (theirs === null) return 'mine'
  const { updated_at: received_at, client_time } = theirs.save
  const now = new Date().toISOString()
  return newerSide({
    mine: { received_at: now, client_time: mine.made_at },
    theirs: { received_at, client_time },
  })
}

/** The picture drawn on a canvas: unlike an address made for it, no policy of the page stands in its way. */
async function drawn(picture: Picture, name: string): Promise<HTMLCanvasElement | undefined> {
  const blob = await picture
  if (blob === undefined) return undefined
  const image = await createImageBitmap(blob)
  const canvas = h('canvas', { role: 'img', 'aria-label': name })
  canvas.width = image.width
  canvas.height = image.height
  canvas.getContext('2d')?.drawImage(image, 0, 0)
  image.close()
  return canvas
}

interface Told {
  title: string
  made: string | undefined
  played: number | null | undefined
  badges: (string | false)[]
}

function side(told: Told, picture: Picture, words: Words): HTMLElement {
  const { texts } = words
  const { title, made, played, badges } = told
  const said = badges.filter(badge => badge !== false)
  const element = h(
    'div',
    { class: 'side' },
    h(
      'div',
      {},
      h('h3', {}, title),
      made === undefined
        ? h('p', { class: 'hint' }, texts.deleted)
        : h(
            'dl',
            {},
            h('dt', {}, texts.saved),
            h('dd', {}, wordsOfTime(made, words)),
            typeof played === 'number' && h('dt', {}, texts.played),
            typeof played === 'number' && h('dd', {}, wordsOfDuration(played, words)),
          ),
      said.length > 0 && h('div', { class: 'badges' }, ...said.map(badge => h('span', {}, badge))),
    ),
  )
  // A picture that cannot be had is no reason to keep the player waiting.
  drawn(picture, fill(texts.picture, { side: title })).then(
    canvas => canvas && element.prepend(canvas),
    () => {},
  )
  return element
}

/** Both saves next to each other: where, when, how long, and what they look like. */
export function createSides(
  conflict: SaveConflict,
  words: Words,
  pictures: Record<Side, Picture>,
): HTMLElement {
  const { texts } = words
  const { mine, theirs } = conflict
  const newer = newerOf(conflict)
  const played = { mine: mine.facts.play_time_seconds, theirs: theirs?.save.play_time_seconds }
  const longer = (own: number | null | undefined, other: number | null | undefined) =>
    typeof own === 'number' && typeof other === 'number' && own > other && texts.longer
  const isBothThere = theirs !== null
  const { device } = mine.facts
  const other = theirs?.save.device
  return h(
    'div',
    { class: 'sides' },
    side(
      {
        title: device ? fill(texts.this_device_named, { device }) : texts.this_device,
        made: mine.made_at,
        played: played.mine,
        badges: [
          isBothThere && newer === 'mine' && texts.newer,
          longer(played.mine, played.theirs),
        ],
      },
      pictures.mine,
      words,
    ),
    side(
      {
        title: other ? fill(texts.other_device_named, { device: other }) : texts.other_device,
        made: theirs === null ? undefined : (theirs.save.client_time ?? theirs.save.updated_at),
        played: played.theirs,
        badges: [
          isBothThere && newer === 'theirs' && texts.newer,
          longer(played.theirs, played.mine),
        ],
      },
      pictures.theirs,
      words,
    ),
  )
}
