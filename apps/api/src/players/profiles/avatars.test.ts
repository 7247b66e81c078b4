import { call, codeOf, freshEnvironment, freshPlayer } from '@aethex/shared/testing'
import sharp from 'sharp'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { z } from 'zod'

let apiUrl: string
let headers: Record<string, string>

beforeAll(async () => {
  const environment = await freshEnvironment(inject('stack'))
  apiUrl = environment.apiUrl
  headers = (await freshPlayer(environment)).headers
})

const put = (bytes: Uint8Array, type = 'image/png') =>
  call('PUT', `${apiUrl}/api/v1/auth/avatar`, {
    headers: { ...headers, 'content-type': type },
    bytes,
  })
const Kept = z.object({ avatar_url: z.string() })

const canvas = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: '#336699' } })

async function fetchImage(url: string) {
  const response = await fetch(url)
  const bytes = Buffer.from(await response.arrayBuffer())
  return { status: response.status, type: response.headers.get('content-type'), bytes }
}

describe('an avatar', () => {
  test('is drawn anew as a square WebP, and what was hidden in the file is gone', async () => {
    const hidden = 'a script that must not travel'
    const photo = await canvas(640, 320)
      .withExif({ IFD0: { ImageDescription: hidden, Artist: 'Ada' } })
      .jpeg()
      .toBuffer()
    expect(photo.includes(hidden)).toBe(true)
    const answer = await put(Buffer.concat([photo, Buffer.from(hidden)]), 'image/jpeg')
    expect(answer.status).toBe(200)
    const image = await fetchImage(Kept.parse(answer.body).avatar_url)
    expect([image.status, image.type]).toEqual([200, 'image/webp'])
    const { width, height, format, exif } = await sharp(image.bytes).metadata()
    expect([width, height, format, exif]).toEqual([256, 256, 'webp', undefined])
    expect(image.bytes.includes(hidden)).toBe(false)
  })

  test('replaces the one before, and the profile shows it until it is taken away', async () => {
    const first = Kept.parse((await put(await canvas(10, 10).png().toBuffer())).body).avatar_url
    const second = Kept.parse(
      (await put(await canvas(30, 90).webp().toBuffer(), 'image/webp')).body,
    )
    expect((await fetchImage(second.avatar_url)).status).toBe(200)
    if (first !== second.avatar_url) expect((await fetchImage(first)).status).toBe(404)
    const profile = () => call('GET', `${apiUrl}/api/v1/auth/profile`, { headers })
    expect((await profile()).body).toMatchObject({ user: { avatar_url: second.avatar_url } })
    const removed = await call('DELETE', `${apiUrl}/api/v1/auth/avatar`, { headers })
    expect(removed.status).toBe(204)
    expect((await profile()).body).toMatchObject({ user: { avatar_url: null } })
    expect((await fetchImage(second.avatar_url)).status).toBe(404)
  })

  test('that is no picture is refused, whatever its type says', async () => {
    const svg = Buffer.from(
      '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    )
    for (const bytes of [svg, Buffer.from('GIF89a not really'), Buffer.from('<html></html>')]) {
      const refused = await put(bytes)
      expect([refused.status, codeOf(refused)]).toEqual([400, 'image_invalid'])
    }
  })

  test('that unfolds into too many pixels is refused before it is drawn', async () => {
    const bomb = await canvas(8_000, 8_000).png({ compressionLevel: 9 }).toBuffer()
    expect(codeOf(await put(bomb))).toBe('image_invalid')
  })

  test('of another type, too many bytes or none is refused', async () => {
    expect(codeOf(await put(Buffer.from('{}'), 'application/json'))).toBe('unsupported_media_type')
    expect(codeOf(await put(Buffer.alloc(3_000_000)))).toBe('body_too_large')
    expect(codeOf(await put(Buffer.from('x'), 'image/gif'))).toBe('unsupported_media_type')
  })

  test('with a name that leads elsewhere does not exist', async () => {
    const path = '01890000-0000-7000-8000-000000000000/01890000-0000-7000-8000-000000000000'
    for (const name of ['..%2f..%2fsaves', `${'a'.repeat(64)}.webp`, 'x.webp']) {
      const answer = await call('GET', `${apiUrl}/api/v1/avatars/${path}/${name}`)
      expect([400, 404]).toContain(answer.status)
    }
  })
})
